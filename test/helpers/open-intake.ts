/** The intake of a host that has room for everybody: for tests of what comes after it. */
import type { Intake } from '../../daemon/intake/intake';

export const openIntake: Intake = {
  pace: () => Promise.resolve(),
  requireRoom: () => Promise.resolve(),
  inTurn: (_agent, _signal, task) => task(),
  accepted: () => undefined,
};
