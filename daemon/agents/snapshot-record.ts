/**
 * How a snapshot is kept in the attic: like an entry of `git stash`, a commit of the work tree whose parents are
 * the commit the agent was on and a commit of the index. Its message says where HEAD was.
 */
import { GitisoError } from '../../shared/errors';
import { isOid, isRefName, type AgentId, type Oid, type RefName } from '../../shared/ids';
import { requireSuccess } from '../git/host-git';
import type { StoreName } from '../stores';
import type { AgentContext } from './agent-context';

/** Where HEAD was: on the agent's own branch, on another ref, or on a commit. */
export type SnapshotHead =
  | { readonly kind: 'branch' }
  | { readonly kind: 'ref'; readonly ref: RefName }
  | { readonly kind: 'detached'; readonly commit: Oid };

/** What a snapshot holds; both are trees. */
export interface SnapshotTrees {
  readonly workTree: Oid;
  readonly indexTree: Oid;
}

/** A ref of the agent's own, or an entry of its stash by the name `git stash list` gives it. */
export interface PrivateRef {
  readonly name: string;
  readonly commit: Oid;
}

export const stashName = /^stash@\{\d{1,6}\}$/;

export interface Snapshot extends SnapshotTrees {
  readonly head: SnapshotHead;
  readonly privateRefs: readonly PrivateRef[];
}

const headTrailer = 'Gitiso-Head: ';
const refTrailer = 'Gitiso-Ref: ';
const limits = { timeoutMs: 60_000, outputLimitBytes: 65_536 } as const;

export function snapshotRef(agent: AgentId, number: number): RefName {
  const ref = `refs/gitiso/snapshots/${agent}/${number}`;
  if (!isRefName(ref)) throw new Error(`not a ref name: ${ref}`);
  return ref;
}

/** Makes the two commits; the trees and the parent must be there. Returns the snapshot's commit. */
export async function writeSnapshotCommits(
  context: AgentContext,
  store: StoreName,
  snapshot: Snapshot,
  about: { readonly agent: AgentId; readonly number: number; readonly parent: Oid | null },
): Promise<Oid> {
  const title = `snapshot ${about.number} of agent ${about.agent}`;
  const parent = about.parent === null ? [] : [about.parent];
  const index = await commitTree(context, store, snapshot.indexTree, parent, `index of ${title}\n`);
  const trailers = [
    `${headTrailer}${describeHead(snapshot.head)}`,
    ...snapshot.privateRefs.map(({ name, commit }) => `${refTrailer}${commit} ${name}`),
  ];
  // Parents too, so that they stay as long as the snapshot.
  const { head } = snapshot;
  const tips = [
    ...snapshot.privateRefs.map(({ commit }) => commit),
    ...(head.kind === 'detached' ? [head.commit] : []),
  ];
  const parents = [...new Set([...parent, ...tips])];
  return commitTree(
    context,
    store,
    snapshot.workTree,
    [...parents, index],
    `${title}\n\n${trailers.join('\n')}\n`,
  );
}

/** Throws 'snapshot-not-found' when the ref is missing or was not made by `writeSnapshotCommits`. */
export async function readSnapshot(context: AgentContext, store: StoreName, commit: Oid): Promise<Snapshot> {
  const { stdout } = requireSuccess(
    await context.git.run(['cat-file', 'commit', commit], {
      gitDir: context.layout.storeGit(store),
      ...limits,
    }),
    'the snapshot could not be read',
  );
  const text = stdout.toString('utf8');
  const index = [...text.matchAll(/^parent ([0-9a-f]{40})$/gm)].at(-1)?.[1];
  const head = new RegExp(`^${headTrailer}(.+)$`, 'm').exec(text)?.[1];
  if (index === undefined || head === undefined) {
    throw new GitisoError('snapshot-not-found', 'the ref does not hold a snapshot');
  }
  const [workTree, indexTree] = await Promise.all([
    treeOf(context, store, commit),
    treeOf(context, store, index),
  ]);
  return { workTree, indexTree, head: parseHead(head), privateRefs: parsePrivateRefs(text) };
}

function parsePrivateRefs(message: string): readonly PrivateRef[] {
  const pattern = new RegExp(`^${refTrailer}([0-9a-f]{40}) (\\S+)$`, 'gm');
  return [...message.matchAll(pattern)].flatMap(([, commit = '', name = '']) =>
    isOid(commit) && (isRefName(name) || stashName.test(name)) ? [{ name, commit }] : [],
  );
}

export async function treeOf(context: AgentContext, store: StoreName, commit: string): Promise<Oid> {
  const { stdout } = requireSuccess(
    await context.git.run(['rev-parse', '--verify', '--end-of-options', `${commit}^{tree}`], {
      gitDir: context.layout.storeGit(store),
      ...limits,
    }),
    'a tree could not be found',
  );
  return parseOid(stdout);
}

async function commitTree(
  context: AgentContext,
  store: StoreName,
  tree: Oid,
  parents: readonly Oid[],
  message: string,
): Promise<Oid> {
  const who = { NAME: 'gitiso', EMAIL: 'gitiso@invalid', DATE: context.now().toISOString() };
  const env = Object.fromEntries(
    Object.entries(who).flatMap(([name, value]) => [
      [`GIT_AUTHOR_${name}`, value],
      [`GIT_COMMITTER_${name}`, value],
    ]),
  );
  const { stdout } = requireSuccess(
    await context.git.run(['commit-tree', tree, ...parents.flatMap((parent) => ['-p', parent])], {
      gitDir: context.layout.storeGit(store),
      env,
      stdin: message,
      ...limits,
    }),
    'the snapshot could not be written',
  );
  return parseOid(stdout);
}

function describeHead(head: SnapshotHead): string {
  switch (head.kind) {
    case 'branch':
      return 'branch';
    case 'ref':
      return head.ref;
    case 'detached':
      return head.commit;
  }
}

function parseHead(text: string): SnapshotHead {
  if (isOid(text)) return { kind: 'detached', commit: text };
  return isRefName(text) ? { kind: 'ref', ref: text } : { kind: 'branch' };
}

function parseOid(output: Buffer): Oid {
  const text = output.toString('latin1').trim();
  if (!isOid(text)) throw new GitisoError('worker-failed', 'git did not answer with an object id');
  return text;
}
