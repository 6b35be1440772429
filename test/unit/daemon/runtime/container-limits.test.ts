import { containerLimits } from '../../../../daemon/runtime/container-limits';

const none = {
  ...{ memoryBytes: null, cpus: null, pids: null, openFiles: null },
  ...{ sharedMemoryBytes: null, layerBytes: null, logBytes: 1000 },
};

test('what was asked for an agent goes before the defaults', () => {
  expect(containerLimits({ pids: 50 }, { ...none, pids: 100, openFiles: 64 }, 8)).toEqual({
    pids: 50,
    openFiles: 64,
    logBytes: 1000,
  });
});

test('null means no limit', () => {
  expect(containerLimits({}, none, 8)).toEqual({ logBytes: 1000 });
});

test('nobody gets more cores than the host has, because the engine would refuse', () => {
  expect(containerLimits({}, { ...none, cpus: 16 }, 4).cpus).toBe(4);
  expect(containerLimits({ cpus: 0.5 }, { ...none, cpus: 16 }, 4).cpus).toBe(0.5);
});
