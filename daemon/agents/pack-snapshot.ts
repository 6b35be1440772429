/** Packs what a snapshot needs and a new agent's repository lacks, so that it can be sent into the container. */
import { GitisoError } from '../../shared/errors';
import { requireSuccess, type GitRunOptions, type HostGit } from '../git/host-git';
import { listRefs } from '../repos/git-refs';
import { existingObjects } from '../repos/transfer-objects';
import { zeroOid } from '../../shared/ids';
import type { StoreName } from '../stores';
import type { AgentContext } from './agent-context';
import type { AgentRecord } from './agent-registry';
import { packing, unlessTooLarge, wholeLimit, type SnapshotPack } from './snapshot-pack';
import type { Snapshot } from './snapshot-record';

const timeoutMs = 600_000;
const failure = 'the snapshot could not be packed';

/** A pack without external bases, possibly empty. */
export async function packSnapshot(
  context: AgentContext,
  attic: StoreName,
  removed: AgentRecord,
  snapshot: Snapshot,
  signal: AbortSignal,
): Promise<SnapshotPack> {
  const { git, layout } = context;
  const gitDir = layout.storeGit(attic);
  const base = await listRefs(git, { gitDir: layout.repoGit(removed.repo) }, []);
  // Nobody can say now what the branch will be then; where it was is known.
  const { removedAt } = removed;
  const branch = removedAt !== null && removedAt !== zeroOid ? [removedAt] : [];
  const known = await existingObjects(git, { gitDir }, [...new Set([...base.values(), ...branch])]);
  // What is wanted are trees: git leaves out what they share with another tree, not with a commit.
  const trees = known.filter((id) => branch.includes(id)).map((id) => `^${id}^{tree}`);
  const { head } = snapshot;
  const wanted = [
    ...[snapshot.workTree, snapshot.indexTree],
    ...snapshot.privateRefs.map(({ commit }) => commit),
    ...(head.kind === 'detached' ? [head.commit] : []),
  ];
  const options = {
    gitDir,
    stdin: [...new Set(wanted), ...known.map((id) => `^${id}`), ...trees, ''].join('\n'),
    timeoutMs,
    outputLimitBytes: wholeLimit(context),
    signal,
  };
  const whole = await unlessTooLarge(git.run(packing, options));
  if (whole !== null) return requireSuccess(whole, failure).stdout;
  return () => readPack(git, options);
}

async function* readPack(git: HostGit, options: GitRunOptions): AsyncGenerator<Buffer> {
  const child = git.start(packing, options);
  const ended = child.ended.then(({ exitCode, stderr }) =>
    requireSuccess({ exitCode, stdout: Buffer.alloc(0), stderr }, failure),
  );
  ended.catch(() => undefined);
  child.stdin.on('error', () => undefined).end(options.stdin);
  const giveUp = () => child.fail(new GitisoError('worker-failed', `${failure}: it was not read to its end`));
  let isWhole = false;
  try {
    for await (const piece of child.stdout) yield piece as Buffer;
    isWhole = true;
  } catch (error) {
    giveUp();
    // Why git was ended before says more than that its output broke off.
    await ended;
    throw error;
  } finally {
    if (!isWhole) giveUp();
  }
  await ended;
}
