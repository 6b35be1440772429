/** How a refused transaction reads in the agent's terminal: every ref with its rule, then the ways that are allowed. */
import { encodeText } from '../commit/encoding';

export interface RefusedRef {
  readonly ref: string;
  readonly rule: string;
  readonly reason: string;
  readonly hint: string;
}

const shownRefs = 20;

/** Bytes for standard error; git itself adds that the update was aborted. */
export function refusalText(refused: readonly RefusedRef[]): string {
  const lines = refused
    .slice(0, shownRefs)
    .map(({ ref, rule, reason }) => `error: gitiso: ${ref}: ${encodeText(reason)} (${rule})`);
  const more = refused.length - shownRefs;
  const hints = [...new Set(refused.flatMap(({ hint }) => encodeText(hint).split('\n')))].slice(0, 5);
  return [
    ...lines,
    ...(more > 0 ? [`error: gitiso: and ${String(more)} more refs`] : []),
    ...hints.map((hint) => `hint: ${hint}`),
    '',
  ].join('\n');
}
