/** simple-git runs git and reads what it prints: all of it arrives. */
import { join } from 'node:path';
import { openWorkbench } from './workbench';

test('status, diff, commit, branches, stash, log, tags and merge', async () => {
  const bench = await openWorkbench({
    mounts: { '/node_modules': join(__dirname, '../../../node_modules') },
  });
  const answers: unknown = JSON.parse(await bench.ok('node /programs/simple-git.mjs'));
  const tip = await bench.hostBranch('agent/a');
  expect(answers).toEqual({
    isRepo: true,
    init: true,
    status: { modified: ['a'], not_added: ['new file'], current: 'agent/a' },
    diff: ['a +1'],
    commit: { branch: 'agent/a', summary: { changes: 2, insertions: 2, deletions: 0 } },
    stashes: ['On simple: put aside'],
    log: [
      'more <a@agents.gitiso.invalid>',
      'by simple-git <a@agents.gitiso.invalid>',
      'change a <user@example.invalid>',
    ],
    tags: ['s1', 'v1.0'],
    branches: ['agent/a', 'main', 'simple'],
    between: '2\n',
    head: tip,
    refused: expect.stringContaining('protected-branch') as unknown,
  });
  expect(await bench.inHostRepository('log', '-2', '--format=%s', 'agent/a')).toBe('more\nby simple-git');
  expect(await bench.inHostRepository('cat-file', '-t', 's1')).toBe('tag');
  expect(await bench.hostBranch('simple')).toBeNull();
  await bench.check();
});
