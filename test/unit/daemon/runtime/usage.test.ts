import { usageOf, type UsageSample } from '../../../../daemon/runtime/usage';

function sample(total: number, system: number, memory: UsageSample['memory_stats']): UsageSample {
  return {
    cpu_stats: { cpu_usage: { total_usage: total }, system_cpu_usage: system, online_cpus: 4 },
    memory_stats: memory,
    pids_stats: { current: 3 },
  };
}

test('one busy core of four is 100 percent, and page cache that can be dropped is not memory in use', () => {
  const before = sample(1000, 10_000, {});
  const after = sample(2000, 14_000, { usage: 500, limit: 1000, stats: { inactive_file: 200 } });
  expect(usageOf(before, after, 8000)).toEqual({
    cpuPercent: 100,
    memoryBytes: 300,
    memoryLimitBytes: 1000,
    pids: 3,
  });
});

test('a limit as large as the machine is none, and a container that ended uses nothing', () => {
  const nothing = sample(0, 0, { usage: 10, limit: 9000 });
  expect(usageOf(nothing, nothing, 8000)).toMatchObject({ cpuPercent: 0, memoryLimitBytes: null });
});
