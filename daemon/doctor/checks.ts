/** THE list of the doctor's checks, in the order in which they are made. */
import { journalSegmentBytes } from '../compose-storage';
import { checkAgents } from './check-agents';
import { checkConfinement } from './check-confinement';
import { checkEngine } from './check-engine';
import { checkLeftovers } from './check-leftovers';
import { checkAudit, checkClock, checkJournal } from './check-logs';
import { checkRepositories } from './check-repositories';
import { checkStateFolder } from './check-state-folder';
import type { Check } from './patient';

export const checks: readonly Check[] = [
  {
    name: 'configuration',
    look: async ({ configError }) =>
      configError === null
        ? []
        : [
            {
              id: 'config',
              severity: 'warning',
              where: 'configuration',
              what: `the last change was refused, the one before is in force: ${configError}`,
              advice: 'gitisod --check-config tells what is wrong with it',
            },
          ],
  },
  checkConfinement,
  checkStateFolder,
  checkJournal(journalSegmentBytes),
  checkAudit,
  checkClock,
  checkRepositories,
  checkAgents,
  checkEngine,
  checkLeftovers,
];
