/** Pure: where the records of two sides differ, and how that is told. It knows nothing of what may differ. */
import type { Records, StepRecord } from './records';
import type { Scenario, Step } from './scenario';

export type Aspect =
  | 'exit code'
  | 'stdout'
  | 'stderr'
  | 'refs'
  | 'index'
  | 'fsck'
  | 'work tree'
  | 'git directory'
  | 'remote refs';

export interface Difference {
  /** Number of the step, 0: before the first. */
  readonly step: number;
  readonly command: string;
  readonly aspect: Aspect;
  /** Lines that only the plain clone has begin with `-`, those of the workspace with `+`. */
  readonly lines: readonly string[];
}

/** What the scenario says about the plain clone and is not so: a scenario must know what it tests. */
export function faultsOf(scenario: Scenario, records: Records, side: string): readonly string[] {
  for (const [index, step] of scenario.steps.entries()) {
    if (step.kind !== 'step' && step.kind !== 'prepare') continue;
    const record = records.get(index + 1);
    if (record === undefined) return [`${side}: not reached, or not ended: ${step.command}`];
    const mustFail = step.kind === 'step' && step.mustFail;
    if ((record.exitCode !== 0) === mustFail || (side !== 'plain' && step.kind === 'step')) continue;
    return [
      `${side}: exit code ${record.exitCode} of: ${step.command}\n${indent(record.stderr + record.stdout)}`,
    ];
  }
  return [];
}

/**
 * The differences, step by step. A state that goes on to differ in the same way is told once.
 */
export function compare(scenario: Scenario, plain: Records, managed: Records): readonly Difference[] {
  const told = new Map<Aspect, string>();
  const steps: readonly (Step | null)[] = [null, ...scenario.steps];
  return steps.flatMap((step, number) => {
    const [left, right] = [plain.get(number), managed.get(number)];
    if (left === undefined || right === undefined || (step !== null && step.kind !== 'step')) return [];
    const command = step === null ? 'a new workspace' : step.command;
    return differencesOfStep(left, right).flatMap(([aspect, lines]) => {
      const text = lines.join('\n');
      const isTold = told.get(aspect) === text;
      told.set(aspect, text);
      return isTold || text === '' ? [] : [{ step: number, command, aspect, lines }];
    });
  });
}

export function describe(difference: Difference): string {
  const { step, command, aspect, lines } = difference;
  return `step ${step}: ${command}\n  ${aspect}:\n${indent(lines.join('\n'))}`;
}

export function differingLines(plain: string, managed: string): readonly string[] {
  if (plain === managed) return [];
  const [left, right] = [plain.split('\n'), managed.split('\n')];
  const lines = [
    ...without(left, right).map((line) => `-${line}`),
    ...without(right, left).map((line) => `+${line}`),
  ];
  return lines.length > 0 ? lines : ['the same lines in another order', ...left.map((line) => `-${line}`)];
}

const stateAspects: readonly Aspect[] = ['refs', 'index', 'fsck', 'work tree', 'git directory'];

function differencesOfStep(
  plain: StepRecord,
  managed: StepRecord,
): readonly (readonly [Aspect, readonly string[]])[] {
  const sections = [sectionsOf(plain.state ?? ''), sectionsOf(managed.state ?? '')] as const;
  return [
    ['exit code', differingLines(String(plain.exitCode), String(managed.exitCode))],
    ['stdout', differingLines(plain.stdout, managed.stdout)],
    ['stderr', differingLines(plain.stderr, managed.stderr)],
    ...stateAspects.map(
      (aspect) =>
        [aspect, differingLines(sections[0].get(aspect) ?? '', sections[1].get(aspect) ?? '')] as const,
    ),
  ];
}

/** The parts of a state, see prelude.sh; what find has listed comes in no order. */
function sectionsOf(state: string): ReadonlyMap<string, string> {
  const sections = state.split(/^@@@ /m).map((section) => {
    const end = section.indexOf('\n');
    return [section.slice(0, end), section.slice(end + 1)] as const;
  });
  return new Map(sections.map(([name, text]) => [name, inOrder(name, text)]));
}

function inOrder(name: string, text: string): string {
  if (name === 'work tree') return text.split('\n').sort().join('\n');
  if (name !== 'git directory') return text;
  return text.split(/^==> /m).sort().map(withFileName).join('\n');
}

/** A file as `tail -v` shows it, with its name in every line. */
function withFileName(text: string): string {
  const [heading = '', ...lines] = text.split('\n');
  const name = heading.replace(/ <==$/, '');
  return [`${name} exists`, ...lines.filter((line) => line !== '').map((line) => `${name}: ${line}`)].join(
    '\n',
  );
}

/** The lines of `lines` that `others` does not have, counted. */
function without(lines: readonly string[], others: readonly string[]): readonly string[] {
  const left = new Map<string, number>();
  for (const line of others) left.set(line, (left.get(line) ?? 0) + 1);
  return lines.filter((line) => {
    const count = left.get(line) ?? 0;
    left.set(line, count - 1);
    return count <= 0;
  });
}

function indent(text: string): string {
  return text.replaceAll(/^/gm, '    ');
}
