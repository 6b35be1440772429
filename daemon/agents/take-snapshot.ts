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
import { packing, unlessTooLarge, wholeLimit, writePackFile, type SnapshotPack } from './snapshot-pack';
import { stashName, type PrivateRef, type SnapshotHead, type SnapshotTrees } from './snapshot-record';

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
const temporaryIndex = `${containerPaths.gitdir}/gitiso-snapshot.index`;
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

  await removeTemporary(link);
  try {
    const missing: string[] = [];
    const indexTree = await readIndex(git, basis.branch, missing);
    mustSucceed(await git(['add', '-A', '--', '.'], { env }), 'the files could not be read');
    const workTree = oidOf(await git(['write-tree'], { env }), 'the files could not be written as a tree');
    missing.push(...(await nestedRepositories(git, indexTree, workTree, limitBytes)));
    missing.push(...(await lfsContents(git)));
    const head = await readHead(git, basis.ref);
    const privateRefs = await readPrivateRefs(git, missing, limitBytes);
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
    const pack = (args: readonly string[], limit?: number) =>
      git([...packing, ...(basis.hasBorrowed ? ['--local'] : []), ...args], {
        stdin,
        ...(limit === undefined ? {} : { limit }),
      });
    const found = { indexTree, workTree, head, privateRefs, missing };
    const whole = await unlessTooLarge(pack(['--stdout'], limitBytes));
    if (whole !== null) {
      const { stdout } = mustSucceed(whole, 'the files could not be packed');
      return { ...found, pack: stdout, discard: () => Promise.resolve() };
    }
    const file = await writePackFile(context, link, pack);
    return { ...found, pack: file.parts, discard: file.remove };
  } finally {
    await removeTemporary(link).catch(() => undefined);
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
  const fields = stdout.toString('latin1').split('\0');
  const nested: string[] = [];
  for (let index = 0; index + 1 < fields.length; index += 2) {
    const mode = /^:\d{6} (\d{6}) /.exec(fields[index] ?? '')?.[1];
    if (mode === '160000') nested.push(`the nested repository ${JSON.stringify(fields[index + 1])}`);
  }
  return nested.slice(0, 20);
}

/** The files that Git LFS keeps beside git's objects: commits have only their names. */
async function lfsContents(git: Git): Promise<readonly string[]> {
  const { gitdir } = containerPaths;
  const env = { GIT_DIR: gitdir, GIT_WORK_TREE: `${gitdir}/lfs/objects` };
  // It fails where there is no such folder.
  const listed = await git(['ls-files', '--others', '--directory'], { env });
  return listed.stdout.length === 0 ? [] : ['the contents of Git LFS in .git/lfs'];
}

/** More than anybody has: beyond it the rest is counted as missing. */
const mostPrivateRefs = 200;
const mostNamedMissing = 20;

/** Refs that only the agent sees (stash entries, notes, bisect …), where they name commits. */
async function readPrivateRefs(
  git: Git,
  missing: string[],
  limitBytes: number,
): Promise<readonly PrivateRef[]> {
  // Shared refs are listed as well, and a repository may have very many of them.
  const limit = limitBytes;
  const listed = await git(['for-each-ref', '--format=%(objecttype) %(objectname) %(refname)'], { limit });
  // Not rev-list, which knows no %gd.
  const entries = ['log', '-g', '--no-show-signature', '--format=commit %H %gd', 'refs/stash', '--'];
  const stashed = await git(entries, { limit });
  const lines = [
    ...listed.stdout.toString('latin1').split('\n'),
    ...(stashed.exitCode === 0 ? stashed.stdout.toString('latin1').split('\n') : []),
  ];
  const found: PrivateRef[] = [];
  const left: string[] = [];
  for (const line of lines) {
    const [type = '', commit = '', name = '', ...rest] = line.split(' ');
    const isEntry = stashName.test(name);
    if (rest.length > 0 || !isOid(commit) || !(isEntry || isPrivate(name))) continue;
    if (type !== 'commit') left.push(`the ref ${name}, which is no commit`);
    else if (found.length >= mostPrivateRefs) left.push(`the ref ${name}`);
    else found.push({ name, commit });
  }
  missing.push(...left.slice(0, mostNamedMissing));
  if (left.length > mostNamedMissing) missing.push(`${left.length - mostNamedMissing} further refs`);
  return found;
}

/** Not the tracking refs, which a fetch brings again, and not refs/stash, whose entries are listed one by one. */
function isPrivate(name: string): boolean {
  const isKnown = /^refs\/(heads|tags|remotes)\/|^refs\/stash$/.test(name);
  return isRefName(name) && !isKnown;
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

async function removeTemporary(link: AgentLink): Promise<void> {
  await link.peer.request(
    'shim.files',
    { append: [], write: [], rename: [], unlink: [temporaryIndex, `${temporaryIndex}.lock`] },
    { timeoutMs: 10_000 },
  );
}
