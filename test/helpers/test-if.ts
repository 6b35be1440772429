/** Tests that only some machines can run: what is skipped says why, or the run fails. */

/** Like jest's `test`, but where `condition` is false it is skipped and named with the reason. */
export function testIf(
  condition: boolean,
  reason: string,
): (name: string, body: () => Promise<void>, timeoutMs?: number) => void {
  if (condition) return (name, body, timeoutMs) => test(name, body, timeoutMs);
  return (name, body) => test.skip(`${name} [skipped: ${reason}]`, body);
}
