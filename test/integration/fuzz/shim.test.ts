/** The shim's parsers with sanitizers, fed with all that ever broke them and a bounded number of mutations. */
import { openShimFuzzer, shimTargets, type ShimFuzzer } from '../../fuzz/shim/fuzz-shim';

const runs = 3000;
let fuzzer: ShimFuzzer;

beforeAll(() => {
  fuzzer = openShimFuzzer();
}, 180_000);

afterAll(() => fuzzer.close());

test.each(shimTargets)(
  'hostile input to %s of the shim breaks nothing',
  (target) => {
    const { executions, failure, pairs } = fuzzer.run(target, runs, 1);
    expect(failure).toBeNull();
    expect(executions).toBe(runs);
    expect(pairs).toBeGreaterThan(5);
  },
  120_000,
);
