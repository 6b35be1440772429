import { isTaken, keptRefsOf, parseKeptRef } from '../../../../daemon/repos/agent-names';
import { atticOf, isPrivate, isStoreName, privateStoreOf, repoOf } from '../../../../daemon/stores';
import { createLayout } from '../../../../daemon/layout';
import type { AgentId, RepoId } from '../../../../shared/ids';

const others = new Set(['refs/heads/a/b', 'refs/heads/c']);

test.each([
  ['refs/heads/a/b', true],
  ['refs/heads/a', true],
  ['refs/heads/a/b/c', true],
  ['refs/heads/c/d', true],
  ['refs/heads/a/bb', false],
  ['refs/heads/cc', false],
  ['refs/heads/d', false],
])('beside a/b and c the name %s is taken: %s', (ref, taken) => {
  expect(isTaken(ref, others)).toBe(taken);
});

test('a kept ref is told from its name in the attic, and nothing else is one', () => {
  expect(parseKeptRef('refs/heads/x/y'.replace('refs/', keptRefsOf('one')))).toEqual({
    agent: 'one',
    ref: 'refs/heads/x/y',
  });
  expect(parseKeptRef('refs/gitiso/snapshots/one/1')).toBeNull();
});

test('every store has a name and a folder of its own', () => {
  const repo = 'attic' as RepoId;
  const agent = { id: 'attic' as AgentId, generation: '0123456789abcdef', repo };
  const store = privateStoreOf(repo, agent);
  const layout = createLayout('/s', '/r');
  expect([repo, atticOf(repo), store].map(layout.storeGit)).toEqual([
    '/s/repos/attic.git',
    '/s/attic/attic.git',
    '/s/private/attic/attic.0123456789abcdef.git',
  ]);
  expect([repo, atticOf(repo), store].map(repoOf)).toEqual([repo, repo, repo]);
  expect([isPrivate({ ...agent, store }), isPrivate({ ...agent, store: repo })]).toEqual([true, false]);
  expect([store, 'attic', atticOf(repo), 'a/../b', 'a/b.git'].map((name) => isStoreName(name))).toEqual([
    ...[true, true, false, false, false],
  ]);
});
