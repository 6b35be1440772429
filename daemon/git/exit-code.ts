/** What the exit code of a confined process says of its end. Pure. */
import { constants } from 'node:os';

/** What confines a process tells its end by a signal as a shell does: 128 and its number. null: it says no signal. */
export function signalBehind(exitCode: number | null): string | null {
  const found = Object.entries(constants.signals).find(([, number]) => number === (exitCode ?? 0) - 128);
  return found?.[0] ?? null;
}
