/** daemon.doctor: the checks of the doctor, with what the running daemon knows and can do. */
import type { Handler } from '../dispatch/handler';
import { readAgentRecords } from '../agents/load-agents';
import { readRepoRecords } from '../repos/load-repos';
import { checks } from '../doctor/checks';
import { examine } from '../doctor/examine';
import type { Hands } from '../doctor/patient';
import type { Services } from '../services';
import { zeroOid } from '../../shared/ids';
import { GitisoError } from '../../shared/errors';

export function daemonDoctor(services: Services): Handler<'daemon.doctor'> {
  return async ({ fix = false, deep = false }, { signal }) => {
    const { layout, config, audit } = services;
    const found = await examine(
      {
        layout,
        config: config.current(),
        configError: config.error(),
        isServing: true,
        isDeep: deep,
        uid: services.process.uid,
        now: services.now,
        // From the disk, not from memory: a record that is damaged now is told before the next start needs it.
        agents: await readAgentRecords(layout),
        repos: await readRepoRecords(layout),
        git: services.hostGit,
        confinement: services.confinement,
        runtime: services.runtime,
        audit: { verify: audit.verify, tail: audit.tail },
        hands: handsOf(services),
        signal,
      },
      checks,
      fix,
    );
    return { ...found, serving: true };
  };
}

function handsOf({ agents, agentLife, repos, refs }: Services): Hands {
  return {
    putAgent: async (copy) => {
      // What the daemon has in memory is newer than any copy.
      const known = copy.status === 'removed' ? agents.getRemoved(copy.id) : agents.get(copy.id);
      await agents.mend(known ?? copy);
      if (known === undefined && copy.status !== 'removed') await agentLife.takeUp(copy.id);
    },
    putRepo: async (copy) => repos.mend(repos.get(copy.id) ?? copy),
    reopenSocket: async (id) => agentLife.takeUp(id),
    restoreRef: async (store, ref, value) => {
      const origin = { agent: null, method: 'daemon.doctor', argv: ['fix'] };
      const result = await refs.apply(store, [{ ref, old: zeroOid, new: value }], origin);
      if (result.kind !== 'updated') throw new GitisoError('ref-changed', 'the branch is there again');
    },
  };
}
