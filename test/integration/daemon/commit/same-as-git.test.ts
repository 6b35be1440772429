/** The same command line in a plain clone and through the handler: output, exit code, commit, reflogs, index. */
import { join } from 'node:path';
import { tempDir } from '../../../helpers/temp-dir';
import { sameCases } from './commit-cases';
import { commitManaged, commitNatively } from './compare-commits';
import { scenarios, type ScenarioName } from './scenarios';
import { copyTwins, makeHome, makeTwins, type Twins } from './twin-workspaces';

const root = tempDir();
const home = makeHome(root);
const templates = new Map<ScenarioName, Twins>();
let count = 0;

function twinsFor(name: ScenarioName): Twins {
  const known = templates.get(name);
  const template = known ?? makeTwins(join(root, name), home, scenarios[name]);
  templates.set(name, template);
  count += 1;
  return copyTwins(template, join(root, `case-${String(count)}`));
}

describe('git commit through the daemon does what git does', () => {
  test.each(sameCases.map((one) => [one.name, one] as const))('%s', async (_name, one) => {
    const twins = twinsFor(one.scenario ?? 'work');
    const expected = commitNatively(twins, one);
    const { seen } = await commitManaged(twins, one);
    expect(seen).toEqual(expected);
  });
});
