/**
 * The Docker Engine behind the runtime interface: the only import of dockerode. It must never remove or change a
 * container that does not carry this state directory's label.
 */
import { totalmem } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import Docker from 'dockerode';
import { GitisoError } from '../../shared/errors';
import { isAgentId } from '../../shared/ids';
import { containerName, containerOptions, labels } from './container-options';
import { runExec } from './docker-exec';
import { runtimeError, statusOf } from './engine-errors';
import { createOutputSplitter } from './output-frames';
import type { ContainerSpec, ContainerState, Runtime } from './runtime';
import { usageOf } from './usage';

export interface DockerSettings {
  /** Path of the engine's Unix socket. */
  readonly socketPath: string;
  /** Lower-case hexadecimal digest of the state directory's path: which containers are ours. */
  readonly stateHash: string;
  /** Longest silence of the engine while it works on one call. */
  readonly timeoutMs: number;
}

/** Part of the answer to `GET /version`. */
interface EngineVersion {
  readonly Version: string;
  readonly Components?: readonly { readonly Name: string; readonly Version: string }[];
}

/** Between the two samples that a CPU percentage needs. */
const sampleMs = 200;

export function createDockerRuntime(settings: DockerSettings): Runtime {
  const engine = new Docker({ socketPath: settings.socketPath, timeout: settings.timeoutMs });
  /** Without the deadline: a command may be silent for hours. */
  const patient = new Docker({ socketPath: settings.socketPath });

  const attempt = async <T>(what: string, call: () => Promise<T>): Promise<T> => {
    try {
      return await call();
    } catch (error) {
      throw runtimeError(error, what);
    }
  };

  /** As `attempt`, but the given HTTP statuses mean that there was nothing to do. */
  const settle = async (what: string, fine: readonly number[], call: () => Promise<unknown>) => {
    try {
      await call();
    } catch (error) {
      if (!fine.includes(statusOf(error) ?? 0)) throw runtimeError(error, what);
    }
  };

  const create = async (spec: ContainerSpec): Promise<string> => {
    const options = containerOptions(spec, settings.stateHash);
    try {
      return (await engine.createContainer(options)).id;
    } catch (error) {
      if (statusOf(error) !== 409) throw runtimeError(error, 'create the container');
      await removeLeftover(spec);
      return (await attempt('create the container', () => engine.createContainer(options))).id;
    }
  };

  /** Only what an earlier creation of the same agent left behind; anything else keeps the name. */
  const removeLeftover = async (spec: ContainerSpec): Promise<void> => {
    const container = engine.getContainer(containerName(spec.agent, settings.stateHash));
    const found = await attempt('inspect a container of the same name', () => container.inspect());
    const held = found.Config.Labels;
    if (held[labels.state] !== settings.stateHash || held[labels.generation] === spec.generation) return;
    await settle('remove a leftover container', [404, 409], () => container.remove({ force: true, v: true }));
  };

  const list = async (): Promise<readonly ContainerState[]> => {
    const found = await attempt('list the containers', () =>
      engine.listContainers({ all: true, filters: { label: [`${labels.state}=${settings.stateHash}`] } }),
    );
    return found.flatMap((info) =>
      owned(info.Labels, { id: info.Id, running: info.State === 'running', exitCode: null }),
    );
  };

  const inspect = async (containerId: string): Promise<ContainerState | null> => {
    try {
      const { Id, Config, State } = await engine.getContainer(containerId).inspect();
      const exitCode = State.Running ? null : State.ExitCode;
      return owned(Config.Labels, { id: Id, running: State.Running, exitCode })[0] ?? null;
    } catch (error) {
      if (statusOf(error) === 404) return null;
      throw runtimeError(error, 'inspect the container');
    }
  };

  /** Empty when the labels are not ours: somebody else's container, or an edited one. */
  const owned = (
    held: Readonly<Record<string, string>>,
    state: Pick<ContainerState, 'id' | 'running' | 'exitCode'>,
  ): readonly ContainerState[] => {
    const agent = held[labels.agent] ?? '';
    const generation = held[labels.generation];
    if (held[labels.state] !== settings.stateHash || generation === undefined || !isAgentId(agent)) return [];
    return [{ ...state, agent, generation }];
  };

  const untilExited = (id: string, abortSignal: AbortSignal): Promise<unknown> =>
    patient.getContainer(id).wait({ abortSignal });

  return {
    ping: () => attempt('ask the engine', async () => (await engine.version()).Version),
    versions: () =>
      attempt('ask the engine', async () => {
        const { Version, Components = [] } = (await engine.version()) as EngineVersion;
        const parts = Components.map(({ Name, Version: version }) => ({ name: Name, version }));
        return parts.some(({ name }) => name === 'Engine')
          ? parts
          : [{ name: 'Engine', version: Version }, ...parts];
      }),
    image: (name) =>
      attempt('inspect the image', async () => {
        requireImageName(name);
        const { Id, Config } = await engine.getImage(name).inspect();
        return { id: Id, path: searchPath(Config.Env) };
      }),
    create,
    start: (id) => settle('start the container', [304], () => engine.getContainer(id).start()),
    stop: (id, graceMs) =>
      settle('stop the container', [304, 404], () =>
        engine.getContainer(id).stop({ t: Math.ceil(graceMs / 1000) }),
      ),
    remove: (id) =>
      settle('remove the container', [404, 409], () =>
        engine.getContainer(id).remove({ force: true, v: true }),
      ),
    inspect,
    list,
    exec: (id, options) =>
      attempt('run the command', async () => {
        const exec = await patient.getContainer(id).exec({
          Cmd: [...options.argv],
          WorkingDir: options.workdir,
          Env: Object.entries(options.environment).map(([name, value]) => `${name}=${value}`),
          AttachStdin: options.stdin !== null,
          AttachStdout: true,
          AttachStderr: true,
        });
        const start = () => exec.start({ hijack: true, stdin: true });
        const containerEnded = (signal: AbortSignal) => untilExited(id, signal);
        return runExec({ start, inspect: () => exec.inspect(), containerEnded }, id, options);
      }),
    exited: (id, signal) =>
      attempt('wait for the container', async () => {
        const answer: unknown = await untilExited(id, signal);
        return Number(
          typeof answer === 'object' && answer !== null ? Reflect.get(answer, 'StatusCode') : Number.NaN,
        );
      }),
    logs: (id, tail) =>
      attempt('read the logs', async () => {
        const bytes = await engine.getContainer(id).logs({ stdout: true, stderr: true, tail });
        const pieces = createOutputSplitter()(bytes);
        const text = (stream: string) =>
          Buffer.concat(pieces.filter((piece) => piece.stream === stream).map(({ data }) => data)).toString();
        return { stdout: text('stdout'), stderr: text('stderr') };
      }),
    stats: (id) =>
      attempt('measure the container', async () => {
        const sample = () => engine.getContainer(id).stats({ stream: false, 'one-shot': true });
        const before = await sample();
        await sleep(sampleMs);
        return usageOf(before, await sample(), totalmem());
      }),
  };
}

/**
 * dockerode puts a name into the path of a request as it is: `..`, `?` and `%` would ask for something else. Names, tags,
 * digests and ids have none of these (github.com/distribution/reference).
 */
function requireImageName(name: string): void {
  if (name.split('/').every((part) => /^[A-Za-z0-9][\w.:@+-]*$/.test(part))) return;
  throw new GitisoError('image-not-found', `${JSON.stringify(name.slice(0, 100))} is no name of an image`);
}

/** The engine answers null for an image without any variable. */
function searchPath(environment: readonly string[] | null): string | null {
  const entry = environment?.find((variable) => variable.startsWith('PATH='));
  return entry === undefined ? null : entry.slice('PATH='.length);
}
