import { cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { createLayout } from '../../../../daemon/layout';
import { moveSnapshots } from '../../../../daemon/repos/move-snapshots';
import { tidyStores } from '../../../../daemon/repos/tidy-stores';
import type { DamagedAgent } from '../../../../daemon/agents/load-agents';
import type { RepoRecord } from '../../../../daemon/repos/repo-registry';
import { failingGit } from '../../../helpers/failing-git';
import { fsckStrict, git } from '../../../helpers/git';
import { makeRepo } from '../../../helpers/repo';
import { makeReposFixture, quietLog, type ReposFixture } from '../../../helpers/repos-fixture';
import { tempDir } from '../../../helpers/temp-dir';

let fixture: ReposFixture;
let record: RepoRecord;
/** Objects of snapshots alone: one loose, one in a pack that holds objects of branches too. */
const secrets: string[] = [];
let snapshots: string;

const state = () => fixture.context.layout.state;

/** As a daemon of 0.1 left it. */
beforeAll(async () => {
  fixture = await makeReposFixture();
  record = await fixture.add(await makeRepo({ files: 4, commits: 3 }), { id: 'r' });
  const base = record.directory;
  for (const number of ['1', '2']) {
    const blob = await git(base, ['hash-object', '-w', '--stdin'], { stdin: `secret ${number}` });
    const tree = await git(base, ['mktree'], { stdin: `100644 blob ${blob}\tnew-file\n` });
    const commit = await git(base, ['commit-tree', '-p', 'main', '-m', `snapshot ${number}`, tree]);
    await git(base, ['update-ref', `refs/gitiso/snapshots/gone/${number}`, commit]);
    secrets.push(blob, tree, commit);
    if (number === '1') await git(base, ['repack', '-a', '-d', '-q']);
  }
  snapshots = await git(base, ['for-each-ref', 'refs/gitiso']);
});

/** On a copy of the state, so that each case begins with the same. */
function onCopy() {
  const copy = join(tempDir(), 'state');
  cpSync(state(), copy, { recursive: true, preserveTimestamps: true });
  const layout = createLayout(copy, join(copy, 'run'));
  const moved = { ...record, directory: layout.repoGit(record.id) };
  return {
    base: moved.directory,
    attic: join(copy, 'attic', 'r.git'),
    move: (isInUse: boolean, hostGit = fixture.git) =>
      moveSnapshots({ layout, git: hostGit, log: quietLog }, moved, isInUse),
    tidy: (damaged: readonly DamagedAgent[]) =>
      tidyStores({
        layout,
        git: fixture.git,
        log: quietLog,
        repos: { list: () => [moved] },
        agents: { list: () => [], damaged: () => damaged },
      }),
    remove: () => rmSync(copy, { recursive: true }),
  };
}

/** Which of the objects a repository has, with those it borrows. */
async function has(gitDir: string, ...ids: readonly string[]): Promise<readonly boolean[]> {
  const stdin = ids.map((id) => `${id}\n`).join('');
  const answers = await git(gitDir, ['cat-file', '--batch-check'], { stdin });
  return answers.split('\n').map((line) => !line.endsWith(' missing'));
}

async function expectMoved({ base, attic }: ReturnType<typeof onCopy>, areGone: boolean): Promise<void> {
  expect(await git(base, ['for-each-ref', 'refs/gitiso'])).toBe('');
  expect(await git(attic, ['for-each-ref', 'refs/gitiso/snapshots'])).toBe(snapshots);
  const all = secrets.map(() => true);
  expect(await has(base, ...secrets)).toEqual(areGone ? all.map(() => false) : all);
  expect(await has(attic, ...secrets)).toEqual(all);
  for (const repository of [base, attic]) await fsckStrict(repository);
}

test('while agents are there, the refs move and the objects stay', async () => {
  const copy = onCopy();
  await copy.move(true);
  await expectMoved(copy, false);
  await copy.move(true);
  await expectMoved(copy, false);
  await copy.move(false);
  await expectMoved(copy, true);
  copy.remove();
});

test('without agents, nothing of a snapshot is left in the repository', async () => {
  const copy = onCopy();
  const branches = await git(copy.base, ['rev-list', '--objects', '--no-object-names', '--branches']);
  await copy.move(false);
  await expectMoved(copy, true);
  const left = await git(copy.base, ['cat-file', '--batch-all-objects', '--batch-check=%(objectname)']);
  expect(left.split('\n').sort()).toEqual(branches.split('\n').sort());
  copy.remove();
});

test('what a branch needs stays', async () => {
  const copy = onCopy();
  await git(copy.base, ['branch', 'kept', 'refs/gitiso/snapshots/gone/1']);
  await copy.move(true);
  await copy.move(false);
  expect(await has(copy.base, ...secrets)).toEqual([true, true, true, false, false, false]);
  for (const repository of [copy.base, copy.attic]) await fsckStrict(repository);
  copy.remove();
});

test('the attic keeps what lies behind a snapshot, also when the branch that had it is gone since', async () => {
  const copy = onCopy();
  await copy.move(true);
  const main = await git(copy.base, ['rev-parse', 'main']);
  for (const ref of ['refs/remotes/origin/main', 'refs/heads/main'])
    await git(copy.base, ['update-ref', ref, 'refs/heads/main~2']);
  await copy.move(false);
  expect([...(await has(copy.base, main)), ...(await has(copy.attic, main))]).toEqual([false, true]);
  for (const repository of [copy.base, copy.attic]) await fsckStrict(repository);
  copy.remove();
});

test('a kill before any call of git loses nothing, and the next start finishes', async () => {
  let calls = 0;
  for (let isOver = false; !isOver; calls += 1) {
    const copy = onCopy();
    const killed = failingGit(fixture.git, calls);
    await copy.move(false, killed.git).catch(() => undefined);
    isOver = !killed.hasFailed();
    await copy.move(false);
    await expectMoved(copy, true);
    copy.remove();
  }
  expect(calls).toBeGreaterThan(8);
}, 300_000);

test.each([
  ['r', false],
  [null, false],
  ['other', true],
])(
  'an agent whose damaged record names %j as its repository counts: objects go %s',
  async (repo, areGone) => {
    const copy = onCopy();
    const path = join(copy.base, '../../agents/x/agent.json');
    const id = 'x' as DamagedAgent['id'];
    await copy.tidy([{ id, path, problem: 'not JSON', isRemoved: false, repo, ref: null, copy: null }]);
    await expectMoved(copy, areGone);
    copy.remove();
  },
);
