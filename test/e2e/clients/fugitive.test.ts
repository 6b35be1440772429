/** fugitive in headless Vim: its buffers, and its commands' effects. */
import { openWorkbench } from './workbench';

test('shows, stages, commits, amends with an editor, reads, writes, blames and makes a branch', async () => {
  const bench = await openWorkbench();
  const output = await bench.ok(
    'echo four >>a && timeout 60 vim -u NONE -es -S /programs/fugitive.vim a </dev/null',
  );

  const [start, ...sections] = output.split(/^== /m);
  expect(start).toBe('agent/a\n/workspace/.git\n');
  const shown = new Map(sections.map((section) => [section.split('\n')[0], section]));
  expect(shown.get('status')).toContain('\nUnstaged (1)\nM a\n');
  expect(shown.get('staged')).toContain('\nStaged (1)\nM a\n');
  expect(shown.get('committed')).not.toContain('M a');
  expect(shown.get('index')).toContain('index\nwritten\ntwo, changed\n');
  expect(shown.get('read')).toBe('read\none\ntwo, changed\nthree\nfour\n');
  expect(shown.get('blame')).toMatch(/\(Test User .*\) two, changed\n.*\) three\n.*\(a .*\) four\n$/);
  expect(shown.get('log')).toBe('log\nedited in fugitive\nchange a\n');
  expect(shown.get('blob of a branch')).toContain('one\ntwo, changed');

  expect(await bench.ok('git status --short --branch')).toBe('## fugitive-topic\nM  a');
  expect(await bench.inHostRepository('log', '--format=%s', 'v1.0..agent/a')).toBe(
    'edited in fugitive\nchange a',
  );
  expect(await bench.hostBranch('fugitive-topic')).toBe(await bench.hostBranch('agent/a'));
  await bench.check();
});
