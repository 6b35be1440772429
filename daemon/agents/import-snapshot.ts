/**
 * Takes an agent's snapshot into its repository: the pack goes to a staging folder of the daemon's, is checked there,
 * and only then moved. Nothing that the agent said is believed: git recomputes every hash.
 */
import { link, mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { GitisoError } from '../../shared/errors';
import { isOid, type Oid, type RepoId } from '../../shared/ids';
import { syncDirectory } from '../durable-file';
import { lastLines, type GitRunOptions } from '../git/host-git';
import type { AgentContext } from './agent-context';
import { checkTrees } from './check-trees';
import type { SnapshotTrees } from './snapshot-record';

const timeoutMs = 600_000;
const listingBytes = 256 * 1024 * 1024;
const treeBytes = 256 * 1024 * 1024;

/**
 * The two trees are in the repository, complete and durable when it resolves. Throws 'invalid-object' or
 * 'limit-exceeded' when the snapshot is not fit for the repository; then nothing of it is there.
 */
export async function importSnapshot(
  context: AgentContext,
  repo: RepoId,
  snapshot: SnapshotTrees & { readonly pack: Buffer },
): Promise<void> {
  await mkdir(context.layout.staging, { recursive: true, mode: 0o700 });
  const staging = await mkdtemp(join(context.layout.staging, 'snapshot-'));
  try {
    if (!isEmptyPack(snapshot.pack)) {
      await receivePack(context, repo, staging, snapshot.pack);
      await checkStaged(context, repo, staging, [snapshot.indexTree, snapshot.workTree]);
    }
    await requireTrees(context, repo, staging, snapshot);
    await migrate(join(staging, 'pack'), join(context.layout.repoGit(repo), 'objects', 'pack'));
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
}

/** `PACK`, version, number of objects: zero when everything was in the repository already. */
function isEmptyPack(pack: Buffer): boolean {
  return pack.length >= 12 && pack.toString('latin1', 0, 4) === 'PACK' && pack.readUInt32BE(8) === 0;
}

/** Writes to the staging folder, borrows from the repository. */
function stagedOptions(context: AgentContext, repo: RepoId, staging: string): GitRunOptions {
  const gitDir = context.layout.repoGit(repo);
  const env = {
    GIT_OBJECT_DIRECTORY: staging,
    GIT_ALTERNATE_OBJECT_DIRECTORIES: join(gitDir, 'objects'),
  };
  return { gitDir, env, timeoutMs, outputLimitBytes: listingBytes };
}

/** `--strict` checks the form of every object and that everything they name is in the pack or the repository. */
async function receivePack(
  context: AgentContext,
  repo: RepoId,
  staging: string,
  pack: Buffer,
): Promise<void> {
  await mkdir(join(staging, 'pack'));
  const result = await context.git.run(
    ['index-pack', '--strict', '--stdin', `--max-input-size=${pack.length}`],
    { ...stagedOptions(context, repo, staging), stdin: pack },
  );
  if (result.exitCode !== 0) throw unfit(`git refuses its objects: ${lastLines(result.stderr)}`);
}

/** Looks at the staged objects alone: without alternates the staging folder is all there is. */
async function checkStaged(
  context: AgentContext,
  repo: RepoId,
  staging: string,
  roots: readonly Oid[],
): Promise<void> {
  const { limits } = context.config.current();
  const options: GitRunOptions = {
    gitDir: context.layout.repoGit(repo),
    env: { GIT_OBJECT_DIRECTORY: staging },
    timeoutMs,
    outputLimitBytes: listingBytes,
  };
  const listing = await context.git.run(
    ['cat-file', '--batch-all-objects', '--batch-check', '--unordered'],
    options,
  );
  const treeIds: Oid[] = [];
  let total = 0;
  for (const line of listing.stdout.toString('latin1').split('\n')) {
    if (line === '') continue;
    const [id = '', type = '', size = ''] = line.split(' ');
    if (!isOid(id) || (type !== 'tree' && type !== 'blob')) throw unfit(`it holds a ${type}`);
    total += Number(size);
    if (Number(size) > limits.blobBytes) throw tooLarge(`a file is larger than ${limits.blobBytes} bytes`);
    if (type === 'tree') treeIds.push(id);
  }
  if (total > limits.commitBytes)
    throw tooLarge(`its files are larger than ${limits.commitBytes} bytes together`);
  const trees = await readTrees(context, treeIds, options);
  const problem = checkTrees(trees, roots, { pathDepth: limits.pathDepth });
  if (problem !== null) throw unfit(problem);
}

async function readTrees(
  context: AgentContext,
  ids: readonly Oid[],
  options: GitRunOptions,
): Promise<ReadonlyMap<string, Buffer>> {
  const trees = new Map<string, Buffer>();
  if (ids.length === 0) return trees;
  const { stdout } = await context.git.run(['cat-file', '--batch', '--buffer'], {
    ...options,
    stdin: `${ids.join('\n')}\n`,
    outputLimitBytes: treeBytes,
  });
  let at = 0;
  for (const id of ids) {
    const end = stdout.indexOf(0x0a, at);
    const [found, type, size] = stdout.toString('latin1', at, end).split(' ');
    if (found !== id || type !== 'tree') throw unfit('a tree could not be read');
    trees.set(id, stdout.subarray(end + 1, end + 1 + Number(size)));
    at = end + 1 + Number(size) + 1;
  }
  return trees;
}

async function requireTrees(
  context: AgentContext,
  repo: RepoId,
  staging: string,
  { indexTree, workTree }: SnapshotTrees,
): Promise<void> {
  const { stdout } = await context.git.run(['cat-file', '--batch-check=%(objectname) %(objecttype)'], {
    ...stagedOptions(context, repo, staging),
    stdin: `${indexTree}\n${workTree}\n`,
  });
  const expected = `${indexTree} tree\n${workTree} tree\n`;
  if (stdout.toString('latin1') !== expected) throw unfit('its trees are not there');
}

/** An .idx comes last: with it the pack counts. What is there already is never replaced. */
async function migrate(from: string, to: string): Promise<void> {
  const names = await readdir(from).catch(() => []);
  const ordered = ['.pack', '.rev', '.idx'].flatMap((end) => names.filter((name) => name.endsWith(end)));
  if (ordered.length === 0) return;
  for (const name of ordered) {
    await link(join(from, name), join(to, name)).catch((error: unknown) => {
      if (!(typeof error === 'object' && error !== null && Reflect.get(error, 'code') === 'EEXIST'))
        throw error;
    });
  }
  await syncDirectory(to);
}

function unfit(reason: string): GitisoError {
  return new GitisoError('invalid-object', `the snapshot can not be kept: ${reason}`);
}

function tooLarge(reason: string): GitisoError {
  return new GitisoError('limit-exceeded', `the snapshot can not be kept: ${reason}`);
}
