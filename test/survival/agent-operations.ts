/** What an agent does at random, with the real shim and git: each operation notes what it asked and what was answered. */
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { zeroOid } from '../../shared/ids';
import type { Chance } from './chance';
import { acknowledge, type Ledger, type Move } from './ledger';
import { must } from './run';
import type { WorkingAgent } from './working-agent';

export interface AgentWork {
  readonly agent: WorkingAgent;
  readonly ledger: Ledger;
  readonly remote: string;
  /** A number that no other operation has. */
  readonly next: () => number;
}

type Operation = (work: AgentWork) => Promise<boolean>;

/** The usual commit: one message to the daemon. */
export const commit: Operation = async ({ agent, ledger, next }) => {
  const message = `${agent.id} commit ${String(next())}`;
  writeFileSync(join(agent.workspace, `${agent.id}.txt`), `${message}\n`);
  await agent.look(['add', '-A']);
  const { code } = await agent.git(['commit', '-q', '-m', message]);
  const id = code === 0 ? await agent.look(['rev-parse', 'HEAD']) : null;
  ledger.commits.push({ ref: agent.ref, message, id });
  return code === 0;
};

/** A commit that git makes and the daemon is asked about as a ref transaction, with its objects. */
export const moveBranch: Operation = (work) => moveToTree(work, 'HEAD^{tree}');

/** The same with more objects than come along with the question: they are asked for as a pack, which stays one. */
export const moveBranchFar: Operation = async (work) => {
  const { agent, next } = work;
  const number = String(next());
  const names = Array.from({ length: 250 }, (_, index) => `far-${number}-${String(index)}`);
  for (const name of names) writeFileSync(join(agent.workspace, name), `${name}\n`);
  const blobs = (await agent.look(['hash-object', '-w', ...names])).split('\n');
  for (const name of names) rmSync(join(agent.workspace, name));
  const entries = names.map((name, index) => `100644 blob ${blobs[index] ?? ''}\t${name}\n`);
  const { stdout } = await agent.git(['mktree'], entries.join(''));
  return moveToTree(work, stdout.trim());
};

async function moveToTree({ agent, ledger, next }: AgentWork, tree: string): Promise<boolean> {
  const message = `${agent.id} transaction ${String(next())}`;
  const old = await agent.look(['rev-parse', 'HEAD']);
  const id = await agent.look(['commit-tree', '-p', old, '-m', message, tree]);
  const { code } = await agent.git(['update-ref', '-m', message, agent.ref, id, old]);
  ledger.commits.push({ ref: agent.ref, message, id: code === 0 ? id : null });
  return code === 0;
}

/** Two new branches with a new commit: both or none. */
export const makeBranches: Operation = async (work) => {
  const { agent, next } = work;
  const number = String(next());
  const id = await agent.look(['commit-tree', '-p', 'HEAD', '-m', `branches ${number}`, 'HEAD^{tree}']);
  const moves = ['x', 'y'].map((side) => ({
    ref: `refs/heads/${agent.id}/${side}-${number}`,
    old: zeroOid,
    new: id,
  }));
  return transact(work, moves, () =>
    agent.git(['update-ref', '--stdin'], moves.map(({ ref }) => `create ${ref} ${id}\n`).join('')),
  );
};

/** A pair of branches goes: both or none. */
export const deleteBranches: Operation = async (work) => {
  const { agent, ledger } = work;
  const own = [...ledger.refs].filter(([ref]) => ref.startsWith(`refs/heads/${agent.id}/`)).slice(0, 2);
  if (own.length < 2) return true;
  const moves = own.map(([ref, value]) => ({ ref, old: value, new: zeroOid }));
  return transact(work, moves, () =>
    agent.git(['update-ref', '--stdin'], moves.map(({ ref, old }) => `delete ${ref} ${old}\n`).join('')),
  );
};

/** A branch at HEAD, which the daemon makes without git. */
const makeBranch: Operation = async (work) => {
  const { agent, next } = work;
  const name = `${agent.id}/at-head-${String(next())}`;
  const id = await agent.look(['rev-parse', 'HEAD']);
  const moves = [{ ref: `refs/heads/${name}`, old: zeroOid, new: id }];
  return transact(work, moves, () => agent.git(['branch', name]));
};

/** Any branch of the agent's goes, without git too. */
const deleteBranch: Operation = async (work) => {
  const { agent, ledger } = work;
  const [ref, value] = [...ledger.refs].find(([name]) => name.startsWith(`refs/heads/${agent.id}/`)) ?? [];
  if (ref === undefined || value === undefined) return true;
  const moves = [{ ref, old: value, new: zeroOid }];
  return transact(work, moves, () => agent.git(['branch', '-D', ref.replace('refs/heads/', '')]));
};

/** `x` becomes `x/z`: the names exclude each other, and one of them is there at any time. */
export const renameBranch: Operation = async (work) => {
  const { agent, ledger } = work;
  const [from, value] =
    [...ledger.refs].find(([ref]) => new RegExp(`^refs/heads/${agent.id}/[xy]-[0-9]+$`).test(ref)) ?? [];
  if (from === undefined || value === undefined) return true;
  const to = `${from}/z`;
  const moves = [
    { ref: from, old: value, new: zeroOid },
    { ref: to, old: zeroOid, new: value },
  ];
  const short = (ref: string) => ref.replace('refs/heads/', '');
  return transact(work, moves, () => agent.git(['branch', '-m', short(from), short(to)]));
};

export const push: Operation = async ({ agent, ledger }) => {
  const id = await agent.look(['rev-parse', 'HEAD']);
  const { code } = await agent.git(['push', '-q', 'origin', `HEAD:${agent.ref}`]);
  if (code === 0) ledger.pushes.push({ ref: agent.ref, id });
  return code === 0;
};

/** Somebody else has pushed to the remote; the agent gets it. */
export const fetch: Operation = async ({ agent, ledger, remote, next }) => {
  const git = (...argv: string[]) => must('git', [`--git-dir=${remote}`, ...argv]);
  const id = await git('commit-tree', '-p', 'main', '-m', `outside ${String(next())}`, 'main^{tree}');
  await git('update-ref', 'refs/heads/main', id);
  const { code } = await agent.git(['fetch', '-q', 'origin']);
  if (code === 0) ledger.fetched.push(await agent.look(['rev-parse', 'refs/remotes/origin/main']));
  return code === 0;
};

const operations: readonly [Operation, ...Operation[]] = [
  ...[commit, commit, commit, moveBranch, moveBranch],
  ...[makeBranches, deleteBranches, renameBranch, makeBranch, deleteBranch, push, fetch],
] as unknown as [Operation];

export function randomOperation(chance: Chance): Operation {
  return chance.pick(operations);
}

async function transact(
  { ledger }: AgentWork,
  moves: readonly Move[],
  ask: () => Promise<{ readonly code: number | null }>,
): Promise<boolean> {
  const { code } = await ask();
  if (code === 0) acknowledge(ledger, moves);
  else {
    ledger.unsure.push(moves);
    for (const { ref } of moves) ledger.refs.delete(ref);
  }
  return code === 0;
}
