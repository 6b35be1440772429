/** Declares the tests that compare command lines in a plain clone and through the handler. */
import { join } from 'node:path';
import { tempDir } from '../../../helpers/temp-dir';
import { commitManaged, commitNatively, type Managed } from './compare-commits';
import type { NamedCase, Way } from './compared-case';
import { scenarios, type ScenarioName } from './scenarios';
import { copyTwins, makeHome, makeTwins, type Twins } from './twin-workspaces';

/**
 * Same output, exit code, commit (its id tells everything), reflogs, index and message file; made in the expected way.
 * What is left to git runs without the daemon's hook here: that the hook carries the result is for other tests.
 */
export function testSameAsGit(cases: readonly NamedCase[]): void {
  const provide = provideTwins();
  test.each(cases.map((one) => [one.name, one] as const))('like git: %s', async (_name, one) => {
    const twins = provide(one.scenario ?? 'work');
    const expected = commitNatively(twins, one);
    const managed = await commitManaged(twins, one);
    expect(managed.seen).toEqual(expected);
    expect(wayOf(managed)).toBe(one.way);
    if (one.way !== 'daemon') expect(managed.exec).toEqual([...(one.globals ?? []), 'commit', ...one.args]);
  });
}

function wayOf({ exec, shim, engine }: Managed): Way {
  if (exec === null) return 'daemon';
  const isAtOnce = shim.asked.every((line) => line.endsWith('config --list -z --includes'));
  return isAtOnce && engine.requests.length === 0 ? 'git at once' : 'git after all';
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
