/** Trees by chance: the changes read from git diff-index lead from the one to exactly the other. */
import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseRawDiff } from '../../../../daemon/commit/raw-diff';
import { commitPrefetch } from '../../../../shared/invocation';
import { tempDir } from '../../../helpers/temp-dir';
import { chance, pick } from './chance';
import { agentEnvironment, makeHome, runIn } from './twin-workspaces';

const names = [
  'a',
  'b',
  'c',
  'dir/a',
  'dir/b',
  'dir/deep/c',
  'b/x',
  'dir2/with space',
  'tab\t"quote"',
  'z:1',
];
const contents = Array.from({ length: 6 }, (_, kind) =>
  Array.from({ length: 60 }, (_unused, line) => `kind ${kind} line ${line}\n`).join(''),
);

function shuffle(work: string, random: () => number): void {
  for (const name of names) {
    if (random() < 0.4 && existsSync(join(work, name))) rmSync(join(work, name), { recursive: true });
    if (random() < 0.5) put(work, name, random);
  }
}

function put(work: string, name: string, random: () => number): void {
  const path = join(work, name);
  try {
    rmSync(path, { recursive: true, force: true });
    mkdirSync(dirname(path), { recursive: true });
    if (random() < 0.1) symlinkSync('a', path);
    else writeFileSync(path, pick(random, contents) + pick(random, ['', 'tail\n']));
    if (random() < 0.2) chmodSync(path, 0o755);
  } catch {
    // A file is where a folder would be, or a link leads nowhere: some other change, then.
  }
}

test('changes by chance are read completely', () => {
  const root = tempDir();
  const home = makeHome(root);
  const work = join(root, 'work');
  mkdirSync(work);
  const run = runIn(work, home);
  const ask = (...args: readonly string[]): string =>
    execFileSync('git', args, { cwd: work, env: agentEnvironment(home), encoding: 'latin1' });
  const entries = (): Map<string, string> =>
    new Map(
      ask('ls-files', '--stage', '-z')
        .split('\0')
        .filter(Boolean)
        .map((line) => [line.slice(line.indexOf('\t') + 1), line.slice(0, 47)]),
    );
  run('init', '-q');
  run('commit', '-q', '--allow-empty', '-m', 'empty');
  const random = chance(3);
  for (let round = 0; round < 25; round += 1) {
    const before = entries();
    shuffle(work, random);
    run('add', '-A');
    const [command, ...options] = commitPrefetch;
    const parsed = parseRawDiff(ask(command, ...options, 'HEAD'));
    if (parsed === null) throw new Error('not understood');
    for (const change of parsed.changes) if (change.kind === 'delete') before.delete(change.path);
    for (const change of parsed.changes)
      if (change.kind === 'put') before.set(change.path, `${change.mode} ${change.id}`);
    const after = entries();
    expect([...before].sort()).toEqual([...after].sort());
    run('commit', '-q', '--allow-empty', '-m', 'next');
    expect(parsed.summary).toBe(ask('show', '--format=', '-M', '--shortstat', '--summary', 'HEAD'));
  }
});
