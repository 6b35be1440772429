/**
 * What stands before new objects of an agent: room on the host, the agent's quota, its rate and, for what is expensive,
 * its turn among the others. Refusing costs next to nothing: no process, no file, no bytes read.
 */
import type { AgentRegistry } from '../agents/agent-registry';
import { GitisoError } from '../../shared/errors';
import type { AgentId } from '../../shared/ids';
import type { Room } from '../storage/free-space';
import type { ChangeRate } from './change-rate';
import type { FairTurns } from './fair-turns';

export interface Intake {
  /** Before anything else of a request that may change something. Throws the signal's reason. */
  readonly pace: (agent: AgentId, signal: AbortSignal) => Promise<void>;
  /** Throws 'storage-full' or 'quota-exceeded'. `bytes`: what is known to come, 0 if nothing is. */
  readonly requireRoom: (agent: AgentId, bytes: number) => Promise<void>;
  /** Runs host git, or a worker for long, when it is the agent's turn. Throws as `requireRoom` and 'too-many-requests'. */
  readonly inTurn: <T>(agent: AgentId, signal: AbortSignal, task: () => Promise<T>) => Promise<T>;
  /** Objects of an agent are in the repository now. */
  readonly accepted: (agent: AgentId, bytes: number) => void;
}

export function createIntake(parts: {
  readonly agents: Pick<AgentRegistry, 'require' | 'noteActivity'>;
  readonly room: Room;
  readonly turns: FairTurns;
  readonly rate: ChangeRate;
  readonly acceptedBytesPerAgent: () => number | null;
  readonly now: () => Date;
}): Intake {
  const { agents, room, turns, rate } = parts;

  async function requireRoom(agent: AgentId, bytes: number): Promise<void> {
    const limit = parts.acceptedBytesPerAgent();
    const used = agents.require(agent).acceptedBytes;
    if (limit !== null && used + bytes > limit) {
      throw new GitisoError(
        'quota-exceeded',
        `${used} bytes were accepted from this agent, ${limit} are allowed`,
      );
    }
    await room.require();
  }

  return {
    pace: rate.wait,
    requireRoom,
    inTurn: async (agent, signal, task) => {
      await requireRoom(agent, 0);
      return turns.run(agent, signal, task);
    },
    accepted: (agent, acceptedBytes) => {
      if (acceptedBytes > 0) agents.noteActivity(agent, { at: parts.now(), acceptedBytes });
    },
  };
}
