/** Puts together what stands before whatever an agent sends: room on the disk, turns, rates and counted bytes. */
import type { AgentRegistry } from './agents/agent-registry';
import type { ConfigSource } from './config/config-source';
import { createChangeRate } from './intake/change-rate';
import { createFairTurns } from './intake/fair-turns';
import { createIntake, type Intake } from './intake/intake';
import type { Layout } from './layout';
import { createRoom, readFreeSpace } from './storage/free-space';

interface Surroundings {
  readonly config: ConfigSource;
  readonly now: () => Date;
}

export function composeIntake(
  { config, now }: Surroundings,
  { layout, agents }: { readonly layout: Layout; readonly agents: AgentRegistry },
): Intake {
  const limits = () => config.current().limits;
  const clock = () => performance.now();
  return createIntake({
    agents,
    room: createRoom(
      () => readFreeSpace(layout.state),
      () => config.current().storage,
      clock,
    ),
    turns: createFairTurns(() => {
      const { intakes, intakesPerAgent, pendingRequests } = limits();
      return { total: intakes, perAgent: intakesPerAgent, waitingPerAgent: pendingRequests };
    }),
    rate: createChangeRate(() => limits().agentChangesPerMinute, clock),
    acceptedBytesPerAgent: () => limits().acceptedBytesPerAgent,
    now,
  });
}
