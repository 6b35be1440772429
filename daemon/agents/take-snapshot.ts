/**
 * Collects an agent's work inside its container, as the agent, by its own git: a tree of the index, a tree of all
 * files that are not ignored, and one self-contained pack of what the repository may lack. All of it is an agent's
 * word until `import-snapshot.ts` has checked it.
 */
import { GitisoError } from '../../shared/errors';
import { isOid, isRefName, type Oid, type RefName } from '../../shared/ids';
import { containerPaths } from '../../shared/paths';
import type { AgentContext } from './agent-context';
import type { ContainerGitResult } from './container-git';
import type { AgentLink } from './links';
import { readPrivateRefs } from './private-refs';
import { recordsOf } from './records';
import {
  packFile,
  packing,
  readPackFile,
  unlessTooLarge,
  unlinkInContainer,
  wholeLimit,
  writePackFile,
  type SnapshotPack,
} from './snapshot-pack';
import type { PrivateRef, SnapshotHead, SnapshotTrees } from './snapshot-record';

export interface TakenSnapshot extends SnapshotTrees {
  readonly head: SnapshotHead;
  readonly privateRefs: readonly PrivateRef[];
  readonly pack: SnapshotPack;
  /** Needed when the pack was read, or is not. */
  readonly discard: () => Promise<void>;
  /** What a snapshot can not hold, in words; empty: nothing is lost. */
  readonly missing: readonly string[];
}

const timeoutMs = 600_000;
const smallOutput = 65_536;
const mostNested = 20;
const temporaryIndex = `${containerPaths.gitdir}/gitiso-snapshot.index`;
const temporary = [temporaryIndex, `${temporaryIndex}.lock`];
const steadyConfig = ['-c', 'core.splitIndex=false', '-c', 'advice.addEmbeddedRepo=false', '-c', 'gc.auto=0'];

/** What the host has already, which the pack need not hold. */
export interface SnapshotBasis {
  readonly ref: RefName;
  /** The value of the agent's branch, null: unborn. */
  readonly branch: Oid | null;
  /** Further objects that it has with all they need. */
  readonly known: readonly Oid[];
  /** Whether it has all else, too, that the agent's git borrows. */
  readonly hasBorrowed: boolean;
}

/**
 * Throws 'agent-not-ready' with git's reason when the
 * work can not be collected, 'limit-exceeded' when even its names do not fit into a message.
 */
export async function takeSnapshot(
  context: AgentContext,
  link: AgentLink,
  basis: SnapshotBasis,
): Promise<TakenSnapshot> {
  const limitBytes = wholeLimit(context);
  const git = (
    args: readonly string[],
    options: { env?: Record<string, string>; stdin?: Buffer; limit?: number } = {},
  ) =>
    context.containerGit.run(link, [...steadyConfig, ...args], {
      timeoutMs,
      outputLimitBytes: options.limit ?? smallOutput,
      ...(options.env === undefined ? {} : { env: options.env }),
      ...(options.stdin === undefined ? {} : { stdin: options.stdin }),
    });
  const env = { GIT_INDEX_FILE: temporaryIndex };

  // Also what a daemon left that was killed in here.
  await unlinkInContainer(link, [...temporary, packFile]);
  try {
    const missing: string[] = [];
    const indexTree = await readIndex(git, basis.branch, missing);
    mustSucceed(await git(['add', '-A', '--', '.'], { env }), 'the files could not be read');
    const workTree = oidOf(await git(['write-tree'], { env }), 'the files could not be written as a tree');
    missing.push(...(await nestedRepositories(git, indexTree, workTree, limitBytes)));
    missing.push(...(await lfsContents(git)));
    const head = await readHead(git, basis.ref);
    const { refs: privateRefs, missing: missingRefs } = await readPrivateRefs(git, limitBytes);
    missing.push(...missingRefs);
    const tips = [
      ...privateRefs.map(({ commit }) => commit),
      ...(head.kind === 'detached' ? [head.commit] : []),
    ];
    const known = basis.branch === null ? [] : [`^${basis.branch}`, `^${basis.branch}^{tree}`];
    const wanted = [
      ...new Set([indexTree, workTree, ...tips]),
      ...known,
      ...basis.known.map((id) => `^${id}`),
    ];
    const stdin = Buffer.from(`${wanted.join('\n')}\n`);
    const args = [...packing, ...(basis.hasBorrowed ? ['--local'] : [])];
    const found = { indexTree, workTree, head, privateRefs, missing };
    const whole = await unlessTooLarge(git(args, { stdin, limit: limitBytes }));
    if (whole !== null) {
      const { stdout } = mustSucceed(whole, 'the files could not be packed');
      return { ...found, pack: stdout, discard: () => Promise.resolve() };
    }
    await writePackFile(context, link, [...steadyConfig, ...args], stdin);
    return {
      ...found,
      pack: () => readPackFile(context, link),
      discard: () => unlinkInContainer(link, [packFile]),
    };
  } finally {
    await unlinkInContainer(link, temporary).catch(() => undefined);
  }
}

type Git = (
  args: readonly string[],
  options?: { env?: Record<string, string>; stdin?: Buffer; limit?: number },
) => Promise<ContainerGitResult>;

/** The index as a tree, and a copy of it, with what git remembers of the files, as the temporary index. */
async function readIndex(git: Git, branch: Oid | null, missing: string[]): Promise<Oid> {
  const output = `--index-output=${temporaryIndex}`;
  const written = await git(['write-tree']);
  if (written.exitCode === 0) {
    const tree = oidOf(written, 'the index could not be written as a tree');
    mustSucceed(await git(['read-tree', output, '-m', tree]), 'the index could not be copied');
    return tree;
  }
  // Unmerged entries have no tree: the conflict's files are kept as they are, the stages are not.
  missing.push('the stages of a merge that is under way');
  mustSucceed(
    await git(['read-tree', output, ...(branch === null ? ['--empty'] : ['--reset', branch])]),
    'the index could not be copied',
  );
  const env = { GIT_INDEX_FILE: temporaryIndex };
  return oidOf(await git(['write-tree'], { env }), 'the index could not be written as a tree');
}

/** Repositories inside the work tree that are new or have moved: a tree holds their commit's name, not their files. */
async function nestedRepositories(
  git: Git,
  from: Oid,
  to: Oid,
  limitBytes: number,
): Promise<readonly string[]> {
  const { stdout } = mustSucceed(
    await git(['diff-tree', '-r', '--raw', '-z', '--no-renames', '--no-abbrev', from, to], {
      limit: limitBytes,
    }),
    'the changes could not be listed',
  );
  const nested: string[] = [];
  let header: string | null = null;
  for (const field of recordsOf(stdout, '\0')) {
    if (header === null) {
      header = field;
      // Of an agent that prints something else nothing is told.
      if (!/^:\d{6} \d{6} [0-9a-f]{40} [0-9a-f]{40} /.test(header)) break;
    } else {
      if (header.startsWith(' 160000 ', 7)) nested.push(`the nested repository ${JSON.stringify(field)}`);
      if (nested.length === mostNested) break;
      header = null;
    }
  }
  return nested;
}

/** The files that Git LFS keeps beside git's objects: commits have only their names. */
async function lfsContents(git: Git): Promise<readonly string[]> {
  const { gitdir } = containerPaths;
  const env = { GIT_DIR: gitdir, GIT_WORK_TREE: `${gitdir}/lfs/objects` };
  // It fails where there is no such folder.
  const listed = await git(['ls-files', '--others', '--directory'], { env });
  return listed.stdout.length === 0 ? [] : ['the contents of Git LFS in .git/lfs'];
}

async function readHead(git: Git, own: RefName): Promise<SnapshotHead> {
  const symbolic = await git(['symbolic-ref', '-q', 'HEAD']);
  const ref = symbolic.stdout.toString('latin1').trim();
  if (symbolic.exitCode === 0)
    return ref === own || !isRefName(ref) ? { kind: 'branch' } : { kind: 'ref', ref };
  const resolved = await git(['rev-parse', '--verify', '-q', 'HEAD^{commit}']);
  const commit = resolved.stdout.toString('latin1').trim();
  return isOid(commit) ? { kind: 'detached', commit } : { kind: 'branch' };
}

function mustSucceed(result: ContainerGitResult, what: string): ContainerGitResult {
  if (result.exitCode === 0) return result;
  throw new GitisoError('agent-not-ready', `${what}: ${result.stderr.slice(0, 400)}`);
}

function oidOf(result: ContainerGitResult, what: string): Oid {
  const text = mustSucceed(result, what).stdout.toString('latin1').trim();
  if (!isOid(text)) throw new GitisoError('agent-not-ready', `${what}: git did not print an object id`);
  return text;
}
