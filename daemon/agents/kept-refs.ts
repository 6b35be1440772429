/**
 * Branches and tags of a private agent go to the attic when it is removed, and come back when it is restored, or when
 * another agent is created with the branch. Until then their names stay taken.
 */
import { zeroOid } from '../../shared/ids';
import { openAttic } from '../repos/attic';
import { keptRefsOf } from '../repos/agent-names';
import { listRefs, moveRefs, type RefMap, type RefMove } from '../repos/git-refs';
import { transferObjects } from '../repos/transfer-objects';
import { GitisoError } from '../../shared/errors';
import { isPrivate } from '../stores';
import type { AgentContext } from './agent-context';
import type { AgentRecord } from './agent-registry';

const timeoutMs = 600_000;

/** Durable when it resolves; can be repeated. For an agent that shares the repository there is nothing to do. */
export async function keepRefs(context: AgentContext, record: AgentRecord): Promise<void> {
  if (!isPrivate(record)) return;
  const own = await ownRefs(context, record);
  if (own.size === 0) return;
  const { layout, git } = context;
  const attic = { gitDir: layout.storeGit(await openAttic(layout, record.repo)) };
  await transferObjects(git, {
    from: { gitDir: layout.storeGit(record.store) },
    to: attic,
    wants: [...own.values()],
    haves: [...(await listRefs(git, { gitDir: layout.repoGit(record.repo) }, [])).values()],
    fewAsLoose: true,
    timeoutMs,
  });
  const present = await listRefs(git, attic, [keptRefsOf(record.id)]);
  const moves = [...own].map(([ref, value]): RefMove => {
    const kept = ref.replace('refs/', keptRefsOf(record.id));
    return { ref: kept, old: present.get(kept) ?? zeroOid, new: value };
  });
  const { refused } = await moveRefs(
    git,
    attic,
    moves.filter((move) => move.old !== move.new),
  );
  if (refused.length > 0) throw new GitisoError('storage-failed', 'the branches could not be kept');
}

/** The agent's own refs, as they are. */
export async function ownRefs(context: AgentContext, record: AgentRecord): Promise<RefMap> {
  const place = { gitDir: context.layout.storeGit(record.store) };
  const refs = await listRefs(context.git, place, ['refs/heads/', 'refs/tags/']);
  const names = new Set<string>([record.ref, ...(context.registry.get(record.id) ?? record).ownRefs]);
  return new Map([...refs].filter(([ref]) => names.has(ref)));
}
