/** A state directory with a repository, its remote and agents: what a round works on. */
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { checkInvariants } from './check-invariants';
import { createDaemon, type DaemonUnderTest } from './daemon-under-test';
import { makeHostAgent } from './host-agent';
import { createLedger, type Ledger } from './ledger';
import { must } from './run';
import type { ShimTemplate } from './shim-for';
import type { WorkingAgent } from './working-agent';

export interface World {
  readonly root: string;
  readonly state: string;
  readonly remote: string;
  readonly daemon: DaemonUnderTest;
  readonly agents: readonly WorkingAgent[];
  readonly ledger: Ledger;
  readonly next: () => number;
  /** What is wrong, of the running daemon and its state. */
  readonly check: () => Promise<readonly string[]>;
  readonly remove: () => Promise<void>;
}

export interface WorldOptions {
  readonly root: string;
  /** Default: below `root`. */
  readonly state?: string;
  readonly agents: number;
  /** The socket of a Docker Engine; null: there is none, and agents are on the host. */
  readonly engine: string | null;
  /** For folders as long as `<root>/a1`; null: there are no agents on the host. */
  readonly shim: ShimTemplate | null;
  /** `r` comes from a user's clone, in which agents' branches are published, instead of from the remote. */
  readonly isFromClone?: boolean;
}

/** Ends with a daemon that does not run. */
export async function makeWorld(options: WorldOptions): Promise<World> {
  const { root, engine } = options;
  const state = options.state ?? join(root, 's');
  const remote = join(root, 'remote.git');
  mkdirSync(state, { recursive: true });
  await makeRemote(root, remote);
  const docker = { socket: engine ?? join(root, 'no-engine.sock'), image: 'gitiso/base:bookworm' };
  // One worker more than needed finds what lies about between two of them.
  const daemon = createDaemon(root, state, { docker, workers: { count: 2 } });
  await daemon.start();
  const location = options.isFromClone === true ? await makeClone(root, remote) : `file://${remote}`;
  await daemon.client().call('repo.add', { location, id: 'r' });
  await daemon.stop();
  const agents: WorkingAgent[] = [];
  for (let number = 1; options.shim !== null && number <= options.agents; number += 1)
    agents.push(await makeHostAgent(root, state, `a${String(number)}`, options.shim));

  const ledger = createLedger();
  const unaudited = new Set(agents.map(({ ref }) => ref));
  let last = 0;
  const checkOnce = () => checkInvariants({ state, client: daemon.client(), ledger, remote, unaudited });
  return {
    root,
    state,
    remote,
    daemon,
    agents,
    ledger,
    next: () => (last += 1),
    check: async () => {
      // What the daemon does after it serves may take a moment: folders in the trash, agents half made and their
      // branches, which are gone between the look at the refs and the look at the audit log, or between two of git's own.
      const deadline = performance.now() + 30_000;
      for (;;) {
        const before = structuredClone(ledger.unsure);
        const problems = await checkOnce();
        const mayPass = problems.every((problem) =>
          /^left over|^agent \S+ (is|should)|, the audit log says |: invalid sha1 pointer/.test(problem),
        );
        if (problems.length === 0 || !mayPass || performance.now() > deadline) return problems;
        ledger.unsure.push(...before);
        await sleep(200);
      }
    },
    remove: async () => {
      if (daemon.isRunning()) await daemon.kill('all');
      rmSync(root, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

async function makeRemote(root: string, remote: string): Promise<void> {
  const seed = join(root, 'seed');
  await must('git', ['init', '-q', '-b', 'main', seed]);
  await must('git', ['-C', seed, 'commit', '-q', '--allow-empty', '-m', 'seed']);
  for (const name of ['one', 'two', 'three'])
    await must('sh', ['-c', `echo ${name} > ${name}.txt && git add . && git commit -qm ${name}`], {
      cwd: seed,
    });
  await must('git', ['clone', '-q', '--bare', seed, remote]);
  rmSync(seed, { recursive: true });
}

/** A user's clone that has no remote: `<root>/clone`. */
async function makeClone(root: string, remote: string): Promise<string> {
  const clone = join(root, 'clone');
  await must('git', ['clone', '-q', remote, clone]);
  await must('git', ['-C', clone, 'remote', 'remove', 'origin']);
  return clone;
}
