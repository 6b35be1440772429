/** The interface to what runs an agent's container. Docker is the first implementation (docker.ts). */
import type { AgentId } from '../../shared/ids';

export interface Mount {
  readonly source: string;
  readonly target: string;
  readonly readOnly: boolean;
}

/** What is left out has no limit. */
export interface ContainerLimits {
  readonly memoryBytes?: number;
  readonly cpus?: number;
  readonly pids?: number;
  readonly openFiles?: number;
  readonly sharedMemoryBytes?: number;
  readonly layerBytes?: number;
  readonly logBytes: number;
}

/** Everything a container is made from; built by `mounts.ts` and the agent's record alone, never by a request. */
export interface ContainerSpec {
  readonly agent: AgentId;
  /** The creation this container belongs to, so that a leftover is never mistaken for its successor. */
  readonly generation: string;
  readonly image: string;
  readonly user: { readonly uid: number; readonly gid: number };
  readonly environment: Readonly<Record<string, string>>;
  readonly mounts: readonly Mount[];
  readonly network: 'none' | 'bridge';
  readonly limits: ContainerLimits;
  readonly command: readonly string[];
  readonly workdir: string;
}

export interface ContainerState {
  readonly id: string;
  readonly agent: AgentId;
  readonly generation: string;
  readonly running: boolean;
  readonly exitCode: number | null;
}

export interface ContainerStats {
  readonly cpuPercent: number;
  readonly memoryBytes: number;
  readonly memoryLimitBytes: number | null;
  readonly pids: number;
}

/** What the daemon needs to know of an image before it makes a container from it. */
export interface ImageFacts {
  readonly id: string;
  /** The image's own search path; null: it sets none. */
  readonly path: string | null;
}

export interface ExecOptions {
  readonly argv: readonly string[];
  readonly workdir: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly stdin: Buffer | null;
  /** Awaited before more is read, so that a slow receiver slows the command down. */
  readonly onOutput: (stream: 'stdout' | 'stderr', data: Buffer) => Promise<void>;
  readonly signal: AbortSignal;
}

/**
 * Every call throws GitisoError: 'runtime-unavailable' when the engine cannot be asked (which never means that
 * a container is gone), 'image-not-found', or 'runtime-failed' with the engine's reason.
 */
export interface Runtime {
  /** The engine's version. */
  readonly ping: () => Promise<string>;
  /** What the engine is made of, as it says itself: Engine, containerd, runc. */
  readonly versions: () => Promise<readonly { readonly name: string; readonly version: string }[]>;
  readonly image: (name: string) => Promise<ImageFacts>;
  /** Resolves with the container's id. A leftover of the same name from another creation is replaced. */
  readonly create: (spec: ContainerSpec) => Promise<string>;
  readonly start: (containerId: string) => Promise<void>;
  /** Stops within the grace period; a container that is stopped or gone is no error. */
  readonly stop: (containerId: string, graceMs: number) => Promise<void>;
  /** Removes, running or not; a container that is gone is no error. */
  readonly remove: (containerId: string) => Promise<void>;
  /** null: the engine answered and there is no such container. */
  readonly inspect: (containerId: string) => Promise<ContainerState | null>;
  /** Resolves with the exit code when the container ends; for short watches, each holds a connection. */
  readonly exited: (containerId: string, signal: AbortSignal) => Promise<number>;
  /** All containers of this state directory, by label. */
  readonly list: () => Promise<readonly ContainerState[]>;
  /** The exit code. When the signal aborts, the command is killed and 'request-cancelled' is thrown. */
  readonly exec: (containerId: string, options: ExecOptions) => Promise<number>;
  readonly logs: (
    containerId: string,
    tail: number,
  ) => Promise<{ readonly stdout: string; readonly stderr: string }>;
  readonly stats: (containerId: string) => Promise<ContainerStats>;
}
