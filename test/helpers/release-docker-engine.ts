/** Global tear-down of the e2e project: ends the engine that provide-docker-engine.ts started, if it did. */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

/** jest loads the set-up and the tear-down separately; the process is the same. */
const shared = globalThis as { gitisoOwnEngine?: { run: string | null } };

/** `run`: the folder of the engine that this jest process started, null: none. */
export const ownEngine = (shared.gitisoOwnEngine ??= { run: null });

export default function releaseDockerEngine(): void {
  const { run } = ownEngine;
  ownEngine.run = null;
  if (run !== null) execFileSync(join(__dirname, '../../scripts/lib/clean-run'), [run], { stdio: 'inherit' });
}
