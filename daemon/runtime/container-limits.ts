/** Pure: from what was asked for an agent and the configured defaults to what its container gets. */
import type { ContainerLimits } from './runtime';

type Asked = Partial<ContainerLimits>;

export interface DefaultLimits {
  readonly memoryBytes: number | null;
  readonly cpus: number | null;
  readonly pids: number | null;
  readonly openFiles: number | null;
  readonly sharedMemoryBytes: number | null;
  readonly layerBytes: number | null;
  readonly logBytes: number;
}

/** `cores`: what the host has; the engine refuses a container that is to have more. */
export function containerLimits(asked: Asked, defaults: DefaultLimits, cores: number): ContainerLimits {
  const { cpus, logBytes, ...others } = { ...defaults, ...asked };
  const wanted = { ...others, cpus: cpus === null ? null : Math.min(cpus, cores) };
  const given = Object.entries(wanted).filter(([, value]) => value !== null);
  return { ...(Object.fromEntries(given) as Asked), logBytes };
}
