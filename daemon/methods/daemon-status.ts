/** daemon.status: what the daemon is and how its parts fare. An engine that does not answer is a fact, not a failure. */
import { isGitisoError } from '../../shared/errors';
import type { Handler } from '../dispatch/handler';
import type { Runtime } from '../runtime/runtime';
import type { Services } from '../services';
import { missingRoom, readFreeSpace } from '../storage/free-space';
import { volumeProblem } from '../storage/volume-problem';

/** An engine that hangs must not hang the question for it. */
const pingTimeoutMs = 2000;

export function daemonStatus(services: Services): Handler<'daemon.status'> {
  return async () => {
    const { config, layout, lifecycle, versions, workers, audit } = services;
    const { seq, hash } = audit.head();
    return {
      version: versions.gitiso,
      pid: services.process.pid,
      startedAt: lifecycle.startedAt.toISOString(),
      state: lifecycle.state(),
      stateDirectory: layout.state,
      socket: layout.adminSocket,
      repositories: services.repos.list().length,
      agents: countByStatus(services.agents.list()),
      runtime: await askRuntime(services.runtime),
      git: { host: versions.git, libgit2: versions.libgit2 },
      workers: { running: workers.running(), restarts: workers.restarts() },
      confinement: {
        level: services.confinement.level,
        missing: services.confinement.missing.map(({ what }) => what),
      },
      connections: services.connections(),
      storage: await describeStorage(services),
      memoryBytes: services.process.memoryBytes(),
      config: { file: config.file, error: config.error() },
      audit: { seq, head: hash },
    };
  };
}

async function describeStorage({ config, layout }: Services) {
  const { agents, storage } = config.current();
  const [problem, space] = await Promise.all([volumeProblem(), readFreeSpace(layout.state)]);
  const { bytes: freeBytes, inodes: freeInodes } = space;
  return { agents: agents.storage, problem, freeBytes, freeInodes, full: missingRoom(space, storage) };
}

function countByStatus(agents: readonly { readonly status: string }[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { status } of agents) counts[status] = (counts[status] ?? 0) + 1;
  return counts;
}

async function askRuntime(runtime: Runtime) {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<null>((resolve) => {
    timer = setTimeout(() => resolve(null), pingTimeoutMs);
  });
  try {
    const version = await Promise.race([runtime.ping(), late]);
    if (version === null) return unavailable('the engine does not answer');
    return { available: true, version, error: null };
  } catch (error) {
    return unavailable(isGitisoError(error) ? error.message : 'the engine cannot be asked');
  } finally {
    clearTimeout(timer);
  }
}

function unavailable(error: string) {
  return { available: false, version: null, error };
}
