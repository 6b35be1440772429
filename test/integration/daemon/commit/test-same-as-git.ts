/** Declares the tests that compare command lines in a plain clone and through the handler. */
import { join } from 'node:path';
import { tempDir } from '../../../helpers/temp-dir';
import { commitManaged, commitNatively } from './compare-commits';
import type { NamedCase } from './compared-case';
import { scenarios, type ScenarioName } from './scenarios';
import { copyTwins, makeHome, makeTwins, type Twins } from './twin-workspaces';

/** Same output, exit code, commit (its id tells everything), reflogs, index and message file. */
export function testSameAsGit(cases: readonly NamedCase[]): void {
  const provide = provideTwins();
  test.each(cases.map((one) => [one.name, one] as const))('like git: %s', async (_name, one) => {
    const twins = provide(one.scenario ?? 'work');
    const expected = commitNatively(twins, one);
    const { seen } = await commitManaged(twins, one);
    expect(seen).toEqual(expected);
  });
}

/** Gives a fresh copy of a scenario's twins each time. */
export function provideTwins(): (name: ScenarioName) => Twins {
  const root = tempDir();
  const home = makeHome(root);
  const templates = new Map<ScenarioName, Twins>();
  let count = 0;
  return (name) => {
    const template = templates.get(name) ?? makeTwins(join(root, name), home, scenarios[name]);
    templates.set(name, template);
    count += 1;
    return copyTwins(template, join(root, `case-${count}`));
  };
}
