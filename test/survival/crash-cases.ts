/** Which operation passes which kill point: every point of daemon/crash-points.ts has at least one case. */
import { randomBytes } from 'node:crypto';
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { connect } from '../../client/rpc-client';
import { sha256 } from '../../daemon/audit/read-log';
import type { CrashPoint } from '../../daemon/crash-points';
import { zeroOid } from '../../shared/ids';
import {
  commit,
  fetch,
  makeBranches,
  moveBranch,
  moveBranchFar,
  push,
  renameBranch,
  type AgentWork,
} from './agent-operations';
import type { World } from './world';

/** `before` runs while the daemon does not; `run` is cut off in the middle. */
export interface CrashScenario {
  readonly before?: (world: World) => Promise<void> | void;
  readonly setUp?: (world: World) => Promise<unknown>;
  readonly run: (world: World) => Promise<unknown>;
}

export interface CrashCase {
  readonly point: CrashPoint;
  readonly scenario: string;
  /** The how manieth time it is passed. */
  readonly passage?: number;
}

function asAgent(operation: (work: AgentWork) => Promise<boolean>): (world: World) => Promise<boolean> {
  return (world) => {
    const { agents, ledger, remote, next } = world;
    const [agent] = agents;
    if (agent === undefined) throw new Error('this world has no agent');
    return operation({ agent, ledger, remote, next });
  };
}

/** A commit of so many files of so many random bytes. */
function commitOf(files: number, bytes: number): (world: World) => Promise<boolean> {
  return asAgent((work) => {
    for (let file = 0; file < files; file += 1)
      writeFileSync(join(work.agent.workspace, `random-${String(file)}`), randomBytes(bytes));
    return commit(work);
  });
}

/** A move of the agent's branch from a value it does not have, which git itself would not even ask for. */
async function proposeFromWrongValue({ state, agents, daemon }: World): Promise<unknown> {
  const [agent] = agents;
  if (agent === undefined || !daemon.isRunning()) throw new Error('nobody to ask');
  const client = await connect(join(state, 'agents', agent.id, 'run', 'gitiso.sock'));
  const parent = await agent.look(['rev-parse', 'HEAD^']);
  const first = await agent.look(['rev-list', '--max-parents=0', 'HEAD']);
  const key = randomBytes(16).toString('hex');
  const updates = [
    { ref: agent.ref, old: parent, new: first },
    { ref: `refs/heads/${agent.id}/never`, old: zeroOid, new: first },
  ];
  try {
    return await client.call('transaction.propose', { key, updates, argv: [], origin: 'hook' });
  } finally {
    client.close();
  }
}

async function addRepository({ daemon, ledger, root, next }: World, location: string): Promise<void> {
  const id = `x${String(next())}`;
  ledger.repositories.set(id, 'unsure');
  await daemon.client().call('repo.add', { location: location.replace('ROOT', root), id });
  ledger.repositories.set(id, 'there');
}

async function removeRepositories({ daemon, ledger }: World): Promise<void> {
  for (const [id, state] of ledger.repositories) {
    if (state !== 'there') continue;
    ledger.repositories.set(id, 'unsure');
    await daemon.client().call('repo.remove', { id, force: true });
    ledger.repositories.set(id, 'gone');
  }
}

const auditSegmentBytes = 16 * 1024 * 1024;

/** The newest segment of the audit log is made so long that the next line is its last. */
function fillAudit({ state }: World): void {
  const folder = join(state, 'audit');
  const newest =
    readdirSync(folder)
      .filter((name) => name.endsWith('.jsonl'))
      .sort()
      .at(-1) ?? '';
  const lines = readFileSync(join(folder, newest), 'utf8').split('\n').slice(0, -1);
  let last = lines.at(-1) ?? '';
  let bytes = lines.reduce((sum, line) => sum + Buffer.byteLength(line) + 1, 0);
  const more: string[] = [];
  while (bytes < auditSegmentBytes) {
    const { seq } = JSON.parse(last) as { readonly seq: number };
    const record = {
      seq: seq + 1,
      time: new Date().toISOString(),
      agent: null,
      repo: null,
      method: 'filler',
    };
    const rest = {
      argv: ['x'.repeat(256 * 1024)],
      refs: [],
      verdict: 'denied',
      rule: 'filler',
      journal: null,
    };
    last = JSON.stringify({ ...record, ...rest, prev: sha256(last) });
    more.push(`${last}\n`);
    bytes += last.length + 1;
  }
  writeFileSync(join(folder, newest), more.join(''), { flag: 'a' });
}

async function create({ daemon, ledger, next }: World): Promise<void> {
  const id = `c${String(next())}`;
  ledger.agents.set(id, 'unsure');
  await daemon.client().call('agent.create', { id, repo: 'r', network: 'none' });
  ledger.agents.set(id, 'there');
}

async function removeOne({ daemon, ledger }: World): Promise<void> {
  const id = [...ledger.agents].find(([, state]) => state === 'there')?.[0];
  if (id === undefined) throw new Error('there is no agent to remove');
  ledger.agents.set(id, 'unsure');
  await daemon.client().call('agent.remove', { id, force: false });
  ledger.agents.set(id, 'gone');
}

async function restoreOne({ daemon, ledger }: World): Promise<void> {
  const id = [...ledger.agents].reverse().find(([, state]) => state === 'gone')?.[0];
  if (id === undefined) throw new Error('there is no agent to restore');
  ledger.agents.set(id, 'unsure');
  await daemon.client().call('agent.restore', { id });
  ledger.agents.set(id, 'there');
}

async function haveAgent(world: World): Promise<void> {
  if (![...world.ledger.agents.values()].includes('there')) await create(world);
}

const scenarios = {
  commit: { run: asAgent(commit) },
  'commit of a large file': { run: commitOf(1, 3_000_000) },
  'commit of much': { run: commitOf(11, 900_000) },
  transaction: { run: asAgent(moveBranch) },
  'transaction with much': { run: asAgent(moveBranchFar) },
  'transaction of two refs': { run: asAgent(makeBranches) },
  rename: { setUp: asAgent(makeBranches), run: asAgent(renameBranch) },
  'refused transaction': { run: proposeFromWrongValue },
  'denied transaction': {
    run: asAgent(async ({ agent }) => {
      const { code } = await agent.git(['update-ref', 'refs/heads/main', 'HEAD']);
      return code === 0;
    }),
  },
  push: { setUp: asAgent(commit), run: asAgent(push) },
  fetch: { run: asAgent(fetch) },
  'repo.fetch': {
    setUp: asAgent(async (work) => {
      await fetch(work);
      return true;
    }),
    run: ({ daemon }) => daemon.client().call('repo.fetch', { id: 'r' }),
  },
  'repo.add, URL': {
    setUp: removeRepositories,
    run: (world) => addRepository(world, 'file://ROOT/remote.git/.'),
  },
  'repo.add, path': { setUp: removeRepositories, run: (world) => addRepository(world, 'ROOT/remote.git') },
  'repo.remove': {
    setUp: async (world) => {
      if (![...world.ledger.repositories.values()].includes('there'))
        await addRepository(world, 'ROOT/remote.git');
    },
    run: removeRepositories,
  },
  stop: { setUp: asAgent(commit), run: ({ daemon }) => daemon.stop() },
  'commit into a full audit segment': { before: fillAudit, run: asAgent(commit) },
  'agent.create': { run: create },
  'agent.remove': { setUp: haveAgent, run: removeOne },
  'agent.restore': {
    setUp: async (world) => {
      await haveAgent(world);
      await removeOne(world);
    },
    run: restoreOne,
  },
} as const satisfies Readonly<Record<string, CrashScenario>>;

export function scenarioOf(name: string): CrashScenario {
  const scenario = (scenarios as Readonly<Record<string, CrashScenario>>)[name];
  if (scenario === undefined) throw new Error(`no scenario ${name}`);
  return scenario;
}

const cases = (scenario: keyof typeof scenarios, ...points: readonly CrashPoint[]): readonly CrashCase[] =>
  points.map((point) => ({ point, scenario }));

/** For a world without containers. */
export const hostCases: readonly CrashCase[] = [
  ...cases('commit', 'commit:allowed', 'journal:written', 'journal:synced', 'worker:locked'),
  ...cases('commit', 'move:journaled', 'move:prepared', 'move:agreed', 'worker:swapping', 'worker:swapped'),
  ...cases('commit', 'move:swapped', 'audit:line-written', 'move:audited', 'commit:done'),
  ...cases('commit of a large file', 'commit:large-stored'),
  ...cases('commit of much', 'journal:segment-made'),
  ...cases('transaction', 'transaction:allowed', 'transaction:brought', 'move:agreed', 'transaction:done'),
  ...cases('transaction with much', 'stage:received', 'stage:placing', 'stage:placed'),
  ...cases('transaction of two refs', 'worker:swapping', 'worker:swapped'),
  ...cases('rename', 'transaction:between'),
  ...cases('refused transaction', 'move:refused'),
  ...cases('denied transaction', 'audit:line-synced'),
  ...cases('fetch', 'mirror:made', 'mirror:fetched', 'mirror:sharing', 'mirror:shared'),
  ...cases('push', 'push:judged', 'push:intended', 'push:sent', 'push:placed', 'push:noted', 'push:recorded'),
  ...cases('repo.fetch', 'repo-fetch:started', 'repo-fetch:moved', 'repo-fetch:done'),
  ...cases('repo.add, URL', 'repo-add:built', 'file:written', 'repo-add:recorded', 'repo-add:placed'),
  ...cases(
    'repo.add, path',
    'repo-add:built',
    'file:renamed',
    'repo-add:recorded',
    'repo-add:known',
    'repo-add:done',
  ),
  ...cases(
    'repo.remove',
    'repo-remove:renamed',
    'repo-remove:discarded',
    'repo-remove:forgotten',
    'repo-remove:done',
  ),
  ...cases('stop', 'checkpoint:started', 'checkpoint:durable', 'checkpoint:dropping'),
  ...cases('commit into a full audit segment', 'audit:rotating', 'audit:rotated'),
];

/** For a world whose repository comes from a clone. */
export const publicationCases: readonly CrashCase[] = cases('commit', 'publish:objects', 'publish:moved');

/** The daemon is killed in the middle of a commit and again while it recovers from that. */
export const recoveryPoints: readonly CrashPoint[] = ['recover:objects', 'recover:moved', 'recover:audited'];

/** For a world with an engine. */
export const containerCases: readonly CrashCase[] = [
  ...cases('agent.create', 'agent-create:folder', 'file:written', 'file:renamed', 'agent-create:recorded'),
  ...cases('agent.create', 'agent-create:provisioned', 'move:agreed', 'agent-create:container'),
  ...cases('agent.create', 'agent-create:started', 'agent-create:filled', 'agent-create:ready'),
  ...cases('agent.remove', 'agent-remove:collected', 'agent-remove:imported', 'agent-remove:kept'),
  ...cases('agent.remove', 'agent-remove:noted', 'agent-remove:stopped', 'agent-remove:removed'),
  ...cases('agent.remove', 'agent-remove:discarded', 'agent-remove:done'),
  ...cases('agent.restore', 'agent-restore:made'),
];
