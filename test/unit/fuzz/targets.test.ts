/** What reads hostile bytes, fed with all that ever broke it and a bounded number of mutations; scripts/fuzz does the rest. */
import { readCorpus } from '../../fuzz/harness/corpus';
import { runTarget } from '../../fuzz/harness/run-target';
import { must, type FuzzTarget } from '../../fuzz/harness/target';
import { targets } from '../../fuzz/targets';

const runs = 2000;

test.each(targets.map((target) => [target.name, target] as const))(
  'hostile %s break nothing',
  async (name, target) => {
    const corpus = readCorpus(name);
    const result = await runTarget(target, { runs, seed: 1, corpus, coverage: null });
    expect(result.failure?.reason ?? null).toBeNull();
    expect(result.executions).toBe(runs);
  },
);

test('an input that breaks a property ends the run and is told', async () => {
  const fragile: FuzzTarget = {
    name: 'fragile',
    seeds: ['aaaa'],
    words: ['b'],
    run: (input) => must(!input.includes('b'), 'there is no b'),
  };
  const result = await runTarget(fragile, { runs, seed: 1, corpus: [], coverage: null });
  expect(result.failure?.input.toString('latin1')).toContain('b');
  expect(result.failure?.reason).toContain('does not hold: there is no b');
});
