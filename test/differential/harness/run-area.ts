/**
 * Makes a test of every scenario of an area. With GITISO_DIFFERENTIAL=plain a second plain clone takes the place of the managed
 * workspace: that shows whether a scenario tells the same twice.
 */
import { knownDifferences } from '../known-differences';
import { compare, describe as tell, differingLines, faultsOf, type Difference } from './compare';
import { makeFixture } from './fixture';
import { startManagedSide } from './managed-side';
import { startPlainSide, type PlainSide } from './plain-side';
import { readArea } from './read-areas';
import { runScenario, type ScenarioRun } from './run-scenario';
import type { Scenario } from './scenario';
import type { Side } from './side';

const isPlainOnly = process.env['GITISO_DIFFERENTIAL'] === 'plain';

export function testArea(area: string): void {
  const closing: PlainSide[] = [];
  let plain: Side;
  let managed: Side;

  beforeAll(async () => {
    const fixture = await makeFixture();
    const startPlain = async () => {
      const side = await startPlainSide(fixture);
      closing.push(side);
      return side;
    };
    [plain, managed] = await Promise.all([
      startPlain(),
      isPlainOnly ? startPlain() : startManagedSide(fixture),
    ]);
  });
  afterAll(async () => {
    await Promise.all(closing.map((side) => side.close()));
  });

  for (const [name, scenario] of readArea(area)) {
    test(name, async () => {
      const [plainRun, managedRun] = await Promise.all(
        [plain, managed].map(async (side) => runScenario(scenario, await side.open())),
      );
      if (plainRun === undefined || managedRun === undefined) throw new Error('nothing was run');
      const complaints = judge(name, scenario, plainRun, managedRun);
      if (complaints.length > 0) throw withoutStack(complaints.join('\n'));
    });
  }
}

/** Where in the runner it was thrown says nothing. */
function withoutStack(message: string): Error {
  const error = new Error(message);
  error.stack = message;
  return error;
}

function judge(
  name: string,
  scenario: Scenario,
  plain: ScenarioRun,
  managed: ScenarioRun,
): readonly string[] {
  const faults = [
    ...(plain.noise === '' ? [] : [`the shell says: ${plain.noise}`]),
    ...faultsOf(scenario, plain.records, 'plain'),
    ...faultsOf(scenario, managed.records, 'managed'),
  ];
  const remoteRefs: Difference = {
    ...{ step: scenario.steps.length, command: 'the end', aspect: 'remote refs' },
    lines: differingLines(plain.remoteRefs, managed.remoteRefs),
  };
  const differences = [
    ...compare(scenario, plain.records, managed.records),
    ...(remoteRefs.lines.length > 0 ? [remoteRefs] : []),
  ];
  return [...faults, ...judgeDifferences(name, differences), ...judgeHostRefs(managed)];
}

/** What is not known to differ, and what is and does not any more. */
function judgeDifferences(name: string, differences: readonly Difference[]): readonly string[] {
  const known = isPlainOnly ? [] : knownDifferences.filter(({ scenarios }) => scenarios.includes(name));
  const isKnown = (difference: Difference) =>
    known.some(
      ({ command, aspects }) =>
        command.test(difference.command) && aspects.some((aspect) => aspect === difference.aspect),
    );
  const isStale = ({ command, aspects }: (typeof known)[number]) =>
    !differences.some(
      (difference) =>
        command.test(difference.command) && aspects.some((aspect) => aspect === difference.aspect),
    );
  return [
    ...tellFirst(differences.filter((difference) => !isKnown(difference))),
    ...known.filter(isStale).map(({ what }) => `this does not differ any more: ${what}`),
  ];
}

/** A step that went another way takes many later ones with it. */
function tellFirst(differences: readonly Difference[]): readonly string[] {
  const limit = 6;
  const left = differences.length - limit;
  return [...differences.slice(0, limit).map(tell), ...(left > 0 ? [`and ${left} more differences`] : [])];
}

/** The daemon's branches and tags are those that git in the workspace sees. */
function judgeHostRefs({ refs, hostRefs }: ScenarioRun): readonly string[] {
  if (hostRefs === null) return [];
  const lines = differingLines(hostRefs, refs);
  return lines.length === 0
    ? []
    : [`the daemon has other refs (-) than the workspace (+):\n${lines.join('\n')}`];
}
