/**
 * Pure: from a container spec to what the Docker Engine is asked to create. Nothing here depends on a request;
 * the exact result is pinned by a test, because every field is part of the cage.
 */
import type { ContainerSpec } from './runtime';

export const labels = {
  agent: 'gitiso.agent',
  generation: 'gitiso.generation',
  /** Which state directory the container belongs to: several daemons may share an engine. */
  state: 'gitiso.state',
} as const;

/** Docker's own default for images that set no PATH. */
export const defaultPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

const logMaxSize = '10m';
const logMaxFiles = '2';

/** `stateHash` is a lower-case hexadecimal digest of the state directory's path. */
export function containerName(agent: string, stateHash: string): string {
  return `gitiso-${stateHash.slice(0, 8)}-${agent}`;
}

/** The body of `POST /containers/create` (Engine API 1.40 and later). */
export function containerOptions(spec: ContainerSpec, stateHash: string) {
  return {
    name: containerName(spec.agent, stateHash),
    Image: spec.image,
    Entrypoint: [...spec.command],
    Cmd: [],
    User: `${spec.user.uid}:${spec.user.gid}`,
    WorkingDir: spec.workdir,
    Env: Object.entries(spec.environment).map(([name, value]) => `${name}=${value}`),
    Labels: {
      [labels.agent]: spec.agent,
      [labels.generation]: spec.generation,
      [labels.state]: stateHash,
    },
    Tty: false,
    OpenStdin: false,
    Healthcheck: { Test: ['NONE'] },
    StopSignal: 'SIGTERM',
    HostConfig: hostConfig(spec),
  };
}

function hostConfig(spec: ContainerSpec) {
  return {
    Mounts: spec.mounts.map((mount) => ({
      Type: 'bind' as const,
      Source: mount.source,
      Target: mount.target,
      ReadOnly: mount.readOnly,
      // Without what is mounted below the source: older engines leave such mounts writable in a read-only bind.
      BindOptions: { Propagation: 'rprivate' as const, NonRecursive: true },
    })),
    NetworkMode: spec.network,
    Init: true,
    Privileged: false,
    CapDrop: ['ALL'],
    SecurityOpt: ['no-new-privileges:true'],
    IpcMode: 'private',
    RestartPolicy: { Name: 'no' },
    LogConfig: { Type: 'local', Config: { 'max-size': logMaxSize, 'max-file': logMaxFiles } },
    ...(spec.limits.pids === undefined ? {} : { PidsLimit: spec.limits.pids }),
    // Equal values: no swap on top of the memory limit.
    ...(spec.limits.memoryBytes === undefined
      ? {}
      : { Memory: spec.limits.memoryBytes, MemorySwap: spec.limits.memoryBytes }),
    ...(spec.limits.cpus === undefined ? {} : { NanoCpus: Math.round(spec.limits.cpus * 1e9) }),
  };
}
