/** Sizes, counts and ages: read from the command line and written for people. */
import type { ParseText } from './option';
import { UsageError } from './usage-error';

const units: Readonly<Record<string, number>> = { '': 1, k: 1024, m: 1024 ** 2, g: 1024 ** 3, t: 1024 ** 4 };

/** Bytes from `536870912`, `512m`, `1.5g` or `2GiB`; the units are powers of 1024. */
export function parseSize(text: string): number {
  const match = /^(\d+(?:\.\d+)?)\s*([kmgt]?)(?:i?b)?$/i.exec(text);
  const unit = units[(match?.[2] ?? '').toLowerCase()];
  if (match === null || unit === undefined) throw new UsageError(`not a size like 512m or 2g: '${text}'`);
  return Math.round(Number(match[1]) * unit);
}

/** A parser of whole numbers from `minimum` to `maximum`. */
export function wholeNumber(minimum: number, maximum = Number.MAX_SAFE_INTEGER): ParseText<number> {
  return (text) => {
    const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
    if (value >= minimum && value <= maximum) return value;
    const range = maximum === Number.MAX_SAFE_INTEGER ? `${minimum} or more` : `${minimum} to ${maximum}`;
    throw new UsageError(`not a whole number (${range}): '${text}'`);
  };
}

/** CPU cores, fractions allowed. */
export function parseCores(text: string): number {
  const value = /^\d*\.?\d+$/.test(text) ? Number(text) : Number.NaN;
  if (value > 0) return value;
  throw new UsageError(`not a number of CPU cores like 1.5: '${text}'`);
}

/** `1.5 GiB`; at most three digits before the unit, one after the point. */
export function formatBytes(bytes: number): string {
  const names = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let value = bytes;
  let index = 0;
  while (value >= 1000 && index < names.length - 1) {
    value /= 1024;
    index += 1;
  }
  const digits = index > 0 && value < 10 ? value.toFixed(1) : String(Math.round(value));
  return `${digits} ${names[index] ?? ''}`;
}

export function formatCount(count: number, singular: string, plural = `${singular}s`): string {
  return `${count} ${count === 1 ? singular : plural}`;
}

const ageUnits: readonly (readonly [string, number])[] = [
  ['year', 365 * 86400],
  ['month', 30 * 86400],
  ['week', 7 * 86400],
  ['day', 86400],
  ['hour', 3600],
  ['minute', 60],
];

/** `3 minutes ago`; the text itself when it is not a time. */
export function formatAge(time: string, now: Date): string {
  const seconds = (now.getTime() - Date.parse(time)) / 1000;
  if (Number.isNaN(seconds)) return time;
  for (const [name, length] of ageUnits) {
    if (seconds >= length) return `${formatCount(Math.floor(seconds / length), name)} ago`;
  }
  return 'just now';
}
