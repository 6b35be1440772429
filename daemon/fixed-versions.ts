/** Whether a version of something else has a fix that came to several of its series. Pure. */

/** Whether `version` is at least the fixed one of its own series, or of a later series than all. */
export function hasFix(version: string, fixedIn: readonly string[]): boolean {
  const own = numbersOf(version);
  const sameSeries = fixedIn.map(numbersOf).find(([major, minor]) => major === own[0] && minor === own[1]);
  if (sameSeries !== undefined) return own[2] >= sameSeries[2];
  const last = numbersOf(fixedIn.at(-1) ?? '0.0.0');
  return own[0] > last[0] || (own[0] === last[0] && own[1] > last[1]);
}

function numbersOf(version: string): readonly [number, number, number] {
  const [major = 0, minor = 0, patch = 0] = version.split(/[.+~-]/).map((part) => parseInt(part, 10) || 0);
  return [major, minor, patch];
}
