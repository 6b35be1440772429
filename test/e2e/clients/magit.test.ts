/** Emacs' Magit in batch mode: its buffers, and its commands' effects. */
import { openWorkbench, type Workbench } from './workbench';

let bench: Workbench;
/** What the buffers showed, by title. */
let shown: ReadonlyMap<string, string>;

beforeAll(async () => {
  bench = await openWorkbench();
  const output = await bench.ok('echo four >>a && emacs --batch --load /programs/magit.el');
  const sections = output.split(/^== /m).slice(1);
  shown = new Map(sections.map((section) => [section.split('\n')[0] ?? '', section]));
});

test('the status buffer shows changes and recent commits', () => {
  const status = shown.get('status');
  expect(status).toMatch(/^Head: +agent\/a change a$/m);
  expect(status).toMatch(
    /^Unstaged changes \(1\)\nmodified +a\n@@.*\n one\n two, changed\n three\n\+four\n/m,
  );
  expect(status).toMatch(/^[0-9a-f]{7} v1\.0 initial$/m);
});

test('staging moves a file, a commit cleans the status', () => {
  expect(shown.get('staged')).toMatch(/^Staged changes \(1\)\nmodified +a\n/m);
  expect(shown.get('committed')).toMatch(/^Head: +agent\/a by Magit$/m);
  expect(shown.get('committed')).not.toContain('changes (1)');
});

test('log, branches and stashes are listed', () => {
  expect(shown.get('log')).toMatch(/by Magit\n.* change a\n.* initial\n?$/);
  expect(shown.get('refs')).toMatch(
    /^Branches \(4\)\n +agent\/a +by Magit\n +magit-side .*\n@ magit-topic .*\n +main/m,
  );
  expect(shown.get('stashes')).toMatch(/^Stashes \(1\)\nstash@\{0\} from Magit$/m);
  expect(shown.get('popped')).toContain('+stashed');
});

test('the daemon has the commit and the branches', async () => {
  const tip = await bench.hostBranch('agent/a');
  expect(await bench.inHostRepository('log', '-1', '--format=%s %an', 'agent/a')).toBe('by Magit a');
  expect(await bench.hostBranch('magit-side')).toBe(tip);
  expect(await bench.hostBranch('magit-topic')).toBe(tip);
  await bench.check();
});
