/** How far git is confined on this host, against what the configuration wants. */
import type { Check } from './patient';

export const checkConfinement: Check = {
  name: 'confinement of git',
  look: ({ config, confinement }) =>
    Promise.resolve(
      config.git.confinement === 'off'
        ? []
        : confinement.missing.map(({ what, advice }) => ({
            id: 'git-unconfined',
            severity: 'warning',
            where: 'git.confinement',
            what,
            advice,
          })),
    ),
};
