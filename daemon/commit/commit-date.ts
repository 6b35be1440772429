/** Points in time as commits carry them: seconds since 1970 and minutes east of UTC. */
export interface CommitDate {
  readonly time: number;
  readonly offset: number;
}

/** git's internal format, `@1112904793 +0200`; without `@` it needs nine digits. null: anything else, or out of bounds. */
export function parseRawDate(text: string): CommitDate | null {
  const match = /^(?:@(\d{1,12})|(\d{9,12})) ([+-]\d{4})$/.exec(text);
  if (match === null) return null;
  const [, marked, plain, zone = ''] = match;
  const offset = parseTimezone(zone);
  return offset === null ? null : { time: Number(marked ?? plain), offset };
}

/** As commits hold it and git prints it: `0 +0000`. */
export function parseStoredDate(text: string): CommitDate | null {
  return parseRawDate(`@${text}`);
}

/** `+0130` to 90; null: no such zone. */
export function parseTimezone(zone: string): number | null {
  const match = /^([+-])(\d{2})(\d{2})$/.exec(zone);
  if (match === null) return null;
  const [, sign = '+', hours = '', minutes = ''] = match;
  if (Number(minutes) > 59 || Number(hours) > 14) return null;
  const offset = Number(hours) * 60 + Number(minutes);
  return sign === '-' && offset !== 0 ? -offset : offset;
}

/** The host's clock in the container's time zone; one that is none is UTC. */
export function dateOf(now: Date, timezone: string): CommitDate {
  return { time: Math.floor(now.getTime() / 1000), offset: parseTimezone(timezone) ?? 0 };
}

export function formatRawDate(date: CommitDate): string {
  return `${String(date.time)} ${formatTimezone(date.offset)}`;
}

/** As git's default date format: `Thu Apr 7 22:13:13 2005 +0200`. */
export function formatDate(date: CommitDate): string {
  const local = new Date((date.time + date.offset * 60) * 1000);
  if (Number.isNaN(local.getTime())) return formatRawDate(date);
  const [day = '', , month = '', year = '', clock = ''] = local.toUTCString().split(' ');
  const weekday = day.slice(0, 3);
  return `${weekday} ${month} ${String(local.getUTCDate())} ${clock} ${String(Number(year))} ${formatTimezone(date.offset)}`;
}

function formatTimezone(offset: number): string {
  const minutes = Math.abs(offset);
  const two = (value: number): string => String(value).padStart(2, '0');
  return `${offset < 0 ? '-' : '+'}${two(Math.floor(minutes / 60))}${two(minutes % 60)}`;
}
