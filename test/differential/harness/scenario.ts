/**
 * The language of scenario files. Pure: text in, scenarios out; it runs nothing. One statement per line, `#` begins a
 * comment, and what stands before the first heading belongs to every scenario of the file.
 *
 *   == title                  a scenario begins
 *   for name: a | b           one scenario for each value; `{name}` stands for it in everything below
 *   $ command                 a step: everything it does is compared; in a plain clone it succeeds
 *   ! command                 a step that fails in a plain clone
 *   % command                 preparation: must succeed, and is not compared
 *   @ command                 done by somebody else in the remote repository; must succeed
 *   restart                   the daemon and the container stop and start again
 *   env NAME=value            for all that follows; `unset NAME` takes it back
 *   write path: line          a file of one line (or `write path <<END` and its lines, up to END)
 *   script path: line         the same for an executable script of sh
 *   editor: line              the script that edits messages from now on; `$1` is the file
 *   todo-editor: line         the same for the list of a rebase
 *
 * A command is run by sh in the workspace, in a shell of its own; a here-document and lines after a backslash belong to it.
 */

export type Step =
  | { readonly kind: 'step'; readonly command: string; readonly mustFail: boolean }
  | { readonly kind: 'prepare'; readonly command: string }
  | { readonly kind: 'remote'; readonly command: string }
  | { readonly kind: 'environment'; readonly name: string; readonly value: string | null }
  | { readonly kind: 'restart' };

export interface Scenario {
  readonly title: string;
  readonly steps: readonly Step[];
}

/** Throws with the line's number when a line says nothing. */
export function parseScenarios(text: string): readonly Scenario[] {
  const [preamble = [], ...rest] = splitAtHeadings(text);
  return rest.flatMap((lines) => variantsOf([...preamble, ...lines]).map((variant) => readScenario(variant)));
}

interface Line {
  readonly number: number;
  readonly text: string;
}

function splitAtHeadings(text: string): readonly (readonly Line[])[] {
  const parts: Line[][] = [[]];
  for (const [index, line] of text.split('\n').entries()) {
    if (line.startsWith('== ')) parts.push([]);
    parts.at(-1)?.push({ number: index + 1, text: line });
  }
  return parts;
}

/** Applies the first `for` and then those that are left, each to all that remains. */
function variantsOf(lines: readonly Line[]): readonly (readonly Line[])[] {
  const index = lines.findIndex(({ text }) => text.startsWith('for '));
  const line = lines[index];
  if (line === undefined) return [lines];
  const [, name = '', values = ''] = /^for ([\w-]+): (.*)$/.exec(line.text) ?? fail(line, 'what is it for?');
  const others = lines.filter((_, position) => position !== index);
  return values.split(' | ').flatMap((value) => {
    const replaced = others.map(({ number, text }) => {
      const title = text.startsWith('== ') && !text.includes(`{${name}}`) ? `${text} ${value}` : text;
      return { number, text: title.replaceAll(`{${name}}`, value) };
    });
    return variantsOf(replaced);
  });
}

function readScenario(lines: readonly Line[]): Scenario {
  const left = [...lines];
  const steps: Step[] = [];
  let title = '';
  for (let line = left.shift(); line !== undefined; line = left.shift()) {
    if (line.text.startsWith('== ')) title = line.text.slice(3).trim();
    else if (line.text !== '' && !line.text.startsWith('#')) steps.push(...readStatement(line, left));
  }
  return { title, steps };
}

/** `left` loses the lines that belong to the statement. */
function readStatement(line: Line, left: Line[]): readonly Step[] {
  const [, word = '', rest = ''] = /^([^\s:]+):?\s*(.*)$/.exec(line.text) ?? [];
  switch (word) {
    case '$':
    case '!':
      return [{ kind: 'step', command: readCommand(rest, left), mustFail: word === '!' }];
    case '%':
      return [{ kind: 'prepare', command: readCommand(rest, left) }];
    case '@':
      return [{ kind: 'remote', command: readCommand(rest, left) }];
    case 'restart':
      return [{ kind: 'restart' }];
    case 'env': {
      const [, name = '', value = ''] = /^(\w+)=(.*)$/.exec(rest) ?? fail(line, 'no variable');
      return [{ kind: 'environment', name, value }];
    }
    case 'unset':
      return [{ kind: 'environment', name: rest, value: null }];
    case 'write':
      return [writeFile(...readContent(line, rest, left))];
    case 'script':
      return [writeScript(...readContent(line, rest, left))];
    case 'editor':
    case 'todo-editor': {
      const [, content] = readContent(line, `editor${line.text.slice(word.length)}`, left);
      const path = `/tmp/${word}-${line.number}`;
      const name = word === 'editor' ? 'GIT_EDITOR' : 'GIT_SEQUENCE_EDITOR';
      return [writeScript(path, content), { kind: 'environment', name, value: path }];
    }
    default:
      return fail(line, 'no such statement');
  }
}

/** The command with its here-documents and continued lines. */
function readCommand(first: string, left: Line[]): string {
  const lines = [first];
  for (const [, word = ''] of first.matchAll(/<<-?'?(\w+)'?/g)) lines.push(...takeUntil(word, left), word);
  while (lines.at(-1)?.endsWith('\\') === true) lines.push(left.shift()?.text ?? '');
  return lines.join('\n');
}

/** `path: line`, or `path <<END` and the lines up to END. */
function readContent(line: Line, rest: string, left: Line[]): [path: string, content: string] {
  const [, path = '', word] = /^(.+) <<(\w+)$/.exec(rest) ?? [];
  if (word !== undefined) return [path, takeUntil(word, left).join('\n')];
  const [, name = '', content = ''] = /^([^:]+):(?: (.*))?$/.exec(rest) ?? fail(line, 'no path or no text');
  return [name, content];
}

function takeUntil(word: string, left: Line[]): readonly string[] {
  const end = left.findIndex(({ text }) => text === word);
  if (end < 0) throw new Error(`no line "${word}" ends the text`);
  const taken = left.splice(0, end + 1);
  return taken.slice(0, -1).map(({ text }) => text);
}

function writeFile(path: string, content: string): Step {
  const command = `mkdir -p "$(dirname "${path}")" && cat >"${path}" <<'END_OF_FILE'\n${content}\nEND_OF_FILE`;
  return { kind: 'prepare', command };
}

function writeScript(path: string, content: string): Step {
  const file = writeFile(path, `#!/bin/sh\n${content}`);
  return file.kind === 'prepare' ? { ...file, command: `${file.command}\nchmod +x "${path}"` } : file;
}

function fail(line: Line, reason: string): never {
  throw new Error(`line ${line.number}: ${reason}: ${line.text}`);
}
