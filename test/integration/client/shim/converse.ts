/** One command against the fake daemon; what the daemon's side finds wrong fails the test. */
import type { Answer, Call, FakeDaemon, ShimPeer } from './fake-daemon';
import type { ShimOptions, ShimResult, ShimWorld } from './shim-world';

export type Converse = (
  handle: (peer: ShimPeer, call: Call) => Promise<Answer> | Answer,
  args?: readonly string[],
  options?: ShimOptions,
) => Promise<ShimResult>;

export async function converseWith(
  world: ShimWorld,
  daemon: FakeDaemon,
  handle: Parameters<Converse>[0],
  args: readonly string[] = ['commit', '-m', 'x'],
  options?: ShimOptions,
): Promise<ShimResult> {
  const failures: unknown[] = [];
  daemon.handle = async (call, peer) => {
    try {
      return await handle(peer, call);
    } catch (error) {
      failures.push(error);
      return { error: { code: -32603, message: 'the test failed' } };
    }
  };
  const result = await world.run(args, options);
  if (failures.length > 0) throw failures[0];
  return result;
}
