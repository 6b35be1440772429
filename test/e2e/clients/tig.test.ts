/** tig in a terminal: what it shows, and what it lets git do. */
import { openWorkbench, type Workbench } from './workbench';

let bench: Workbench;

beforeAll(async () => {
  bench = await openWorkbench({ agents: ['a', 'b'] });
  await bench.ok('echo more >>b && git commit -q -a -m "by another agent"', 'b');
});

/** Works tig: each text must appear before its keys are pressed. */
function tig(view: string, ...steps: readonly (readonly [text: string, keys: string])[]): Promise<string> {
  return bench.ok(`python3 /programs/drive-terminal.py '${JSON.stringify(steps)}' tig ${view}`);
}

test('shows the history, another agent’s commits and all refs', async () => {
  await tig('', ['initial', 'q']);
  await tig('--all', ['by another agent', 'q']);
  await tig('refs', ['agent/b', 'q']);
  await tig('show v1.0', ['version 1.0', 'q']);
  await tig('blame a', ['changed', 'q']);
});

test('stages and unstages a file', async () => {
  await bench.ok('echo tig >>a');
  await tig('status', ['Nothing to update', 'jjju'], ['unstage', 'Q']);
  expect(await bench.ok('git status --short')).toBe('M  a');
  await tig('status', ['Nothing to update', 'ju'], ['stage', 'Q']);
  expect(await bench.ok('git status --short')).toBe(' M a');
  await bench.ok('git add a');
});

test('commits with an editor, and the daemon has the commit', async () => {
  const editor = `export GIT_EDITOR='sed -i 1s/^/by-tig/';`;
  const steps = [
    ['Nothing to update', 'C'],
    ['Press Enter', '\r'],
    ['Nothing to update', 'Q'],
  ];
  await bench.ok(`${editor} python3 /programs/drive-terminal.py '${JSON.stringify(steps)}' tig status`);
  expect(await bench.inHostRepository('log', '-1', '--format=%s', 'agent/a')).toBe('by-tig');
  await bench.check();
});
