/** `transaction.propose`: git in the container is about to move shared refs; one transaction of an agent at a time. */
import { GitisoError } from '../../shared/errors';
import { containerPaths } from '../../shared/paths';
import { createContainer } from '../commit/container';
import { parseLooseFiles } from '../commit/offered-blobs';
import { outcome } from '../commit/outcome';
import type { Handler } from '../dispatch/handler';
import type { LooseFile } from '../git/loose-file';
import type { Services } from '../services';
import { createAcceptedTransactions } from '../transaction/accepted-transactions';
import type { AgentTransactions } from '../transaction/agent-transactions';
import { checkMovable } from '../transaction/judge';
import { isAgentsDoing, propose, takeBack } from '../transaction/propose';
import { readProposal } from '../transaction/read-proposal';
import { refusalText } from '../transaction/refusal';

/** More stay in the quarantine until the agent's own gc finds them in the repository. */
const forgottenObjects = 2000;
/** git gives up at once or never: the newest ones of all agents are enough. */
const rememberedTransactions = 1000;

/** As many as the shim sends (client/shim/offer-objects.c), with the lines between them. */
const mostOffered = { objects: 200, bytes: 1024 * 1024 + 200 * 64 };

export function transactionPropose(
  services: Pick<Services, 'agents' | 'repos' | 'intake'>,
  { parts, inTurn, takeRefused }: AgentTransactions,
): Handler<'transaction.propose'> {
  const accepted = createAcceptedTransactions(rememberedTransactions);
  return async ({ key, updates, argv, origin }, { actor, peer, signal, attachments }) => {
    if (actor.kind !== 'agent') throw new GitisoError('method-not-found', 'only agents propose transactions');
    // What the view of refs shows is no command's doing: no rename is to be read from its words.
    const read = readProposal(updates, origin === 'view' ? [] : argv);
    if (read.kind === 'malformed') {
      const refused = { ref: read.ref, rule: 'ref-name', reason: 'the name is not one that gitiso takes' };
      return refusal([
        { ...refused, hint: 'use ASCII letters, digits and -_./ in names, at most 240 in all' },
      ]);
    }
    if (origin !== 'undo' && origin !== 'check') await services.intake.pace(actor.id, signal);
    return inTurn(actor.id, async () => {
      const agent = services.agents.require(actor.id);
      const repo = services.repos.require(agent.repo);
      if (origin === 'check') {
        const refused = await checkMovable(parts, { agent, repo }, read.updates);
        return refused.length === 0 ? outcome({}) : refusal(refused);
      }
      if (origin === 'undo') {
        const inverse = accepted.takeInverse(agent.id, key);
        const refused = inverse === null ? null : await takeBack(parts, { agent, repo, argv }, inverse);
        return refused === null ? outcome({}) : refusal([refused]);
      }
      const container = createContainer(peer, { globals: [] });
      try {
        const offered = offeredFiles(attachments[0]);
        const told = takeRefused(agent.id, read.updates);
        const result = await propose(parts, {
          ...{ ...read, agent, repo, argv, offered, container },
          ...{ told, signal },
        });
        if (result.kind === 'refused') return refusal(result.refused);
        accepted.note(agent.id, key, result.updates);
        return outcome({ unlink: result.placed.slice(0, forgottenObjects).map(quarantinePath) });
      } catch (error) {
        if (!isAgentsDoing(error)) throw error;
        return refusal(
          read.updates.map(({ ref }) => ({
            ref,
            rule: error.code,
            reason: error.message,
            hint: 'run git fsck',
          })),
        );
      }
    });
  };
}

/** Each once; none, when there are too many to be looked at one by one. */
function offeredFiles(attachment: Buffer | undefined): readonly LooseFile[] {
  const seen = new Set<string>();
  if (attachment === undefined || attachment.length > mostOffered.bytes) return [];
  const files = parseLooseFiles(attachment, (id) => !seen.has(id) && seen.add(id).size > 0);
  return files.length > mostOffered.objects ? [] : files;
}

function refusal(refused: Parameters<typeof refusalText>[0]) {
  return outcome({ exitCode: 1, stderr: refusalText(refused) });
}

function quarantinePath(id: string): string {
  return `${containerPaths.quarantine}/${id.slice(0, 2)}/${id.slice(2)}`;
}
