/** Pure: the steps of a scenario as scripts of sh, to be run on either side; see prelude.sh for what they record. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Step } from './scenario';

/** What happens between two scripts: the scripts of a scenario are as many as these, and one more. */
export type Interlude = Extract<Step, { kind: 'remote' | 'restart' }>;

export interface Part {
  readonly script: string;
  /** What comes after it; null: the scenario is over. */
  readonly interlude: Interlude | null;
}

const prelude = readFileSync(join(__dirname, 'prelude.sh'), 'utf8');

/** As step 0 the workspace is looked at before anything is done. */
const opening = ['rm -rf "$HOME/.gitconfig" "$HOME/.config"', 'probe 0', 'echo 0 >"$records/0.code"'];

/** What git tells of the shared refs in the end. */
const closing = 'git for-each-ref refs/heads refs/tags >"$records/last.refs"';

export function scriptsOf(steps: readonly Step[]): readonly Part[] {
  const parts: Part[] = [];
  let lines = [prelude, ...opening];
  let environment: string[] = [];
  for (const [index, step] of steps.entries()) {
    switch (step.kind) {
      case 'environment':
        environment = [...environment, environmentLine(step.name, step.value)];
        lines.push(environmentLine(step.name, step.value));
        break;
      case 'step':
      case 'prepare':
        lines.push(stepLines(index + 1, step));
        break;
      case 'remote':
      case 'restart':
        parts.push({ script: lines.join('\n'), interlude: step });
        lines = [prelude, ...environment];
        break;
    }
  }
  return [...parts, { script: [...lines, closing].join('\n'), interlude: null }];
}

function environmentLine(name: string, value: string | null): string {
  return value === null ? `unset ${name}` : `export ${name}='${value.replaceAll("'", "'\\''")}'`;
}

/** A preparation is not looked at, but the scenario ends when it fails. */
function stepLines(number: number, step: Extract<Step, { kind: 'step' | 'prepare' }>): string {
  const after =
    step.kind === 'step'
      ? `end ${number} $?`
      : `code=$?; echo $code >"$records/${number}.code"; [ $code = 0 ] || exit`;
  return [
    `begin ${number}`,
    '(',
    step.command,
    `) </dev/null >"$records/${number}.out" 2>"$records/${number}.err"`,
    after,
  ].join('\n');
}
