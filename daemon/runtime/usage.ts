/** Pure: from two of the engine's samples of one container to the figures people expect from `docker stats`. */
import type { ContainerStats } from './runtime';

/** The part of the engine's answer that is used; control groups v1 and v2 name the page cache differently. */
export interface UsageSample {
  readonly cpu_stats: {
    readonly cpu_usage: { readonly total_usage: number };
    readonly system_cpu_usage?: number;
    readonly online_cpus?: number;
  };
  readonly memory_stats: {
    readonly usage?: number;
    readonly limit?: number;
    readonly stats?: { readonly total_inactive_file?: number; readonly inactive_file?: number };
  };
  readonly pids_stats?: { readonly current?: number };
}

/** `hostMemoryBytes`: a limit at or above it means that none was set. */
export function usageOf(before: UsageSample, after: UsageSample, hostMemoryBytes: number): ContainerStats {
  const used = after.cpu_stats.cpu_usage.total_usage - before.cpu_stats.cpu_usage.total_usage;
  const system = (after.cpu_stats.system_cpu_usage ?? 0) - (before.cpu_stats.system_cpu_usage ?? 0);
  const cpus = after.cpu_stats.online_cpus ?? 1;
  const memory = after.memory_stats;
  const reclaimable = memory.stats?.total_inactive_file ?? memory.stats?.inactive_file ?? 0;
  const limit = memory.limit ?? 0;
  return {
    cpuPercent: system > 0 && used > 0 ? Math.round((used / system) * cpus * 10000) / 100 : 0,
    memoryBytes: Math.max(0, (memory.usage ?? 0) - reclaimable),
    memoryLimitBytes: limit > 0 && limit < hostMemoryBytes ? limit : null,
    pids: after.pids_stats?.current ?? 0,
  };
}
