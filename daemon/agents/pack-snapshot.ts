/** Packs what a snapshot needs and a new agent's repository lacks, so that it can be sent into the container. */
import { requireSuccess } from '../git/host-git';
import { listRefs } from '../repos/git-refs';
import { existingObjects } from '../repos/transfer-objects';
import { zeroOid } from '../../shared/ids';
import type { StoreName } from '../stores';
import type { AgentContext } from './agent-context';
import type { AgentRecord } from './agent-registry';
import type { Snapshot } from './snapshot-record';

const timeoutMs = 600_000;

/** A pack without external bases, possibly empty. Throws 'limit-exceeded' when it is too large to be sent. */
export async function packSnapshot(
  context: AgentContext,
  attic: StoreName,
  removed: AgentRecord,
  snapshot: Snapshot,
): Promise<Buffer> {
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
  const { stdout } = requireSuccess(
    await git.run(['pack-objects', '--revs', '--stdout', '--delta-base-offset', '-q'], {
      gitDir,
      stdin: [...new Set(wanted), ...known.map((id) => `^${id}`), ...trees, ''].join('\n'),
      timeoutMs,
      outputLimitBytes: context.config.current().limits.attachmentBytes,
    }),
    'the snapshot could not be packed',
  );
  return stdout;
}
