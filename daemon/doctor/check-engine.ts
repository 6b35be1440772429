/** The Docker Engine: whether it answers, what it is made of, its images, and containers that belong to nobody. */
import { isGitisoError } from '../../shared/errors';
import { engineWeaknesses } from './engine-weaknesses';
import type { Check, Diagnosis, Patient } from './patient';

export const checkEngine: Check = {
  name: 'container engine',
  look: async (patient) => {
    const { runtime, config } = patient;
    let findings: readonly Diagnosis[];
    try {
      findings = engineWeaknesses(await runtime.versions());
    } catch (error) {
      return [
        {
          id: 'engine-unreachable',
          severity: 'error',
          where: config.docker.socket,
          what: isGitisoError(error) ? error.message : 'the engine cannot be asked',
          advice: 'start Docker, or set docker.socket; agents that run and their commits do not need it',
        },
      ];
    }
    return [...findings, ...(await images(patient)), ...(await containers(patient))];
  },
};

async function images({ runtime, config, agents }: Patient): Promise<readonly Diagnosis[]> {
  const users = new Map<string, string[]>([[config.docker.image, []]]);
  for (const { id, image } of agents.records) users.set(image, [...(users.get(image) ?? []), id]);
  const findings: Diagnosis[] = [];
  for (const [image, ids] of users) {
    const error: unknown = await runtime.image(image).then(
      () => null,
      (reason: unknown) => reason,
    );
    if (!isGitisoError(error) || error.code !== 'image-not-found') continue;
    const who =
      ids.length === 0 ? 'it is the default for new agents' : `agents ${ids.slice(0, 5).join(', ')} need it`;
    findings.push({
      id: 'image-missing',
      severity: 'warning',
      where: image,
      what: `the engine does not have this image; ${who}`,
      advice: 'build or load the image, or set docker.image',
    });
  }
  return findings;
}

async function containers({ runtime, agents, isServing }: Patient): Promise<readonly Diagnosis[]> {
  const found = await runtime.list();
  const known = new Map(agents.records.map((record) => [record.id, record]));
  const damaged = new Set(agents.damaged.map(({ id }) => id));
  const orphans = found
    .filter(({ agent, generation }) => known.get(agent)?.generation !== generation && !damaged.has(agent))
    .map<Diagnosis>(({ id, agent, running }) => ({
      id: 'orphan-container',
      severity: 'warning',
      where: id.slice(0, 12),
      what: `a ${running ? 'running' : 'stopped'} container of agent ${agent} belongs to no agent that there is`,
      advice: `look at it, then remove it: docker rm -f ${id.slice(0, 12)}`,
    }));
  const running = new Set(found.filter((one) => one.running).map(({ id }) => id));
  const lost = agents.records
    .filter(({ status, containerId }) => isServing && status === 'ready' && !running.has(containerId ?? ''))
    .map<Diagnosis>(({ id }) => ({
      id: 'container-missing',
      severity: 'warning',
      where: `agent ${id}`,
      what: 'it counts as ready, but its container does not run',
      advice: `gitisoctl agent start ${id}`,
    }));
  return [...orphans, ...lost];
}
