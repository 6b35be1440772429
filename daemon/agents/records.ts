/**
 * The records of what git in a container printed, one after the other, so that a reader may stop: an agent may have had
 * anything printed, and millions of empty lines must not become millions of strings.
 */
export function* recordsOf(output: Buffer, end: '\n' | '\0'): Generator<string> {
  let at = 0;
  for (;;) {
    const next = output.indexOf(end, at, 'latin1');
    if (next < 0) break;
    yield output.toString('latin1', at, next);
    at = next + 1;
  }
  if (at < output.length) yield output.toString('latin1', at);
}
