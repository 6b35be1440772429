/** What many rounds came to, in one line. */
import type { Round } from './kill-rounds';

export function summarize(what: string, seed: number, rounds: readonly Round[], elapsedMs: number) {
  const restarts = rounds.map(({ restartMs }) => restartMs).sort((a, b) => a - b);
  const at = (part: number): number => Math.round(restarts[Math.floor((restarts.length - 1) * part)] ?? 0);
  const sum = (key: 'acknowledged' | 'failed'): number =>
    rounds.reduce((total, round) => total + round[key], 0);
  return {
    what,
    seed,
    rounds: rounds.length,
    broken: rounds.filter(({ problems }) => problems.length > 0).length,
    acknowledged: sum('acknowledged'),
    unacknowledged: sum('failed'),
    restartMs: { median: at(0.5), p95: at(0.95), max: at(1) },
    seconds: Math.round(elapsedMs / 1000),
  };
}
