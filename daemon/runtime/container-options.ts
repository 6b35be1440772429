/**
 * Pure: from a container spec to what the Docker Engine is asked to create. Nothing here depends on a request;
 * the exact result is pinned by a test, because every field is part of the cage.
 */
import type { ContainerLimits, ContainerSpec } from './runtime';

export const labels = {
  agent: 'gitiso.agent',
  generation: 'gitiso.generation',
  /** Which state directory the container belongs to: several daemons may share an engine. */
  state: 'gitiso.state',
} as const;

/** Docker's own default for images that set no PATH. */
export const defaultPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** The engine rotates: so many files share the log's limit. */
const logFiles = 2;

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
    ...resources(spec.limits),
  };
}

function resources(limits: ContainerLimits) {
  const { memoryBytes, cpus, pids, openFiles, sharedMemoryBytes, layerBytes } = limits;
  const logFileBytes = Math.floor(limits.logBytes / logFiles);
  return {
    LogConfig: {
      Type: 'local',
      Config: { 'max-size': String(logFileBytes), 'max-file': String(logFiles) },
    },
    ...(pids === undefined ? {} : { PidsLimit: pids }),
    // Equal values: no swap on top of the memory limit.
    ...(memoryBytes === undefined ? {} : { Memory: memoryBytes, MemorySwap: memoryBytes }),
    ...(cpus === undefined ? {} : { NanoCpus: Math.round(cpus * 1e9) }),
    ...(openFiles === undefined ? {} : { Ulimits: [{ Name: 'nofile', Soft: openFiles, Hard: openFiles }] }),
    ...(sharedMemoryBytes === undefined ? {} : { ShmSize: sharedMemoryBytes }),
    ...(layerBytes === undefined ? {} : { StorageOpt: { size: String(layerBytes) } }),
  };
}
