/** git-lfs: its filters and hooks run in the container, its objects stay there. */
import { git } from '../../helpers/git';
import { openWorkbench, type Workbench } from './workbench';

let bench: Workbench;

beforeAll(async () => {
  bench = await openWorkbench({ agents: ['a', 'b'] });
});

test('installs its hooks and filters into the agent’s own repository', async () => {
  expect(await bench.ok('git lfs install --local')).toContain('Git LFS initialized.');
  expect(await bench.ok('ls .git/hooks')).toBe(
    'post-checkout\npost-commit\npost-merge\npre-push\nreference-transaction',
  );
  expect(await bench.ok('git config filter.lfs.clean')).toBe('git-lfs clean -- %f');
});

test('commits a pointer and keeps the content in .git/lfs', async () => {
  await bench.ok(
    `git lfs track '*.bin' && seq 1 10000 >large.bin && git add . && git commit -q -m 'a large file'`,
  );
  const pointer = await bench.inHostRepository('show', 'agent/a:large.bin');
  expect(pointer).toMatch(
    /^version https:\/\/git-lfs\.github\.com\/spec\/v1\noid sha256:[0-9a-f]{64}\nsize 48894$/,
  );
  expect(await bench.ok('git lfs ls-files -s')).toMatch(/^[0-9a-f]{10} \* large\.bin \(49 KB\)$/);
  expect(await bench.ok('git lfs fsck --objects && git status --short')).toBe('Git LFS fsck OK');
});

test('checks out the content again', async () => {
  await bench.ok(
    'rm large.bin && git checkout -q large.bin && git checkout -q -b lfs-topic main && git checkout -q agent/a',
  );
  expect(await bench.ok('wc -c <large.bin && git status --short')).toBe('48894');
});

test('a push of its objects fails as a whole: there is no way for them yet', async () => {
  const { exitCode, stdout, stderr } = await bench.run('git push origin agent/a');
  expect(exitCode).toBe(1);
  expect(stdout + stderr).toContain('batch request: missing protocol');
  expect(await git(bench.remote, ['for-each-ref', 'refs/heads/agent'])).toBe('');
});

test('another agent gets the pointer, and an error instead of the content', async () => {
  const { exitCode, stderr } = await bench.run(
    'git lfs install --local && git checkout -q agent/a -- .',
    'b',
  );
  expect(exitCode).toBe(128);
  expect(stderr).toContain('smudge filter lfs failed');
  await bench.ok('GIT_LFS_SKIP_SMUDGE=1 git checkout -q agent/a -- . && grep -q ^oid large.bin', 'b');
  await bench.check();
});
