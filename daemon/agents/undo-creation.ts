/**
 * Undoes a creation from its record alone, in the reverse order of its steps. Every step can be repeated, so the same
 * code serves a creation that failed and one that a killed daemon left behind.
 */
import { zeroOid } from '../../shared/ids';
import { isGitisoError } from '../../shared/errors';
import { discardPrivateStore } from '../repos/private-store';
import { isPrivate } from '../stores';
import type { AgentContext } from './agent-context';
import type { AgentRecord } from './agent-registry';
import { removeContainers } from './launch-container';

/** Throws what the first step that failed threw; the record then stays, with the status `error`. */
export async function undoCreation(
  context: AgentContext,
  record: AgentRecord,
  reason: string,
): Promise<void> {
  try {
    // First the container: while it runs, nothing of what it has mounted may go.
    await removeContainers(context, record);
    await context.sockets.close(record.id);
    await deleteBranch(context, record);
    await context.trash.discard(context.layout.agent(record.id), record.generation);
    await context.registry.delete(record.id);
  } catch (error) {
    const why = isGitisoError(error) ? error.message : 'an unexpected error';
    context.log.error('a creation could not be undone yet', { agent: record.id, error });
    if (context.registry.get(record.id)?.generation === record.generation) {
      await context.registry.put({ ...record, status: 'error', error: `${reason}; not undone yet: ${why}` });
    }
    throw error;
  }
  context.events.publish({
    topic: 'agents',
    agent: record.id,
    repo: record.repo,
    data: { status: 'removed', reason },
  });
}

/** Whether a record is what an unfinished creation left: nobody ever worked in it. */
export function isUnfinished(record: AgentRecord): boolean {
  return !record.wasReady && (record.status === 'creating' || record.status === 'error');
}

/** Only the branch that the creation itself made, and only while it has not moved; of a private agent all it has. */
async function deleteBranch(context: AgentContext, record: AgentRecord): Promise<void> {
  const { repo, store, ref, base } = record;
  if (isPrivate(record)) return discardPrivateStore(context.layout, record);
  if (!record.branchCreated || base.commit === zeroOid) return;
  const current = await context.refs.read(store, ref);
  const made = context.repos.require(repo).id === repo && current === base.commit;
  if (!made) return;
  await context.refs.apply(store, [{ ref, old: current, new: zeroOid }], {
    agent: null,
    method: 'agent.create',
    argv: ['undo', record.id],
  });
}
