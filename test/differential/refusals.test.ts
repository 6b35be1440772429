/**
 * What agents may not do, by every command that could: the refusal names each ref and its rule, git rolls back by itself,
 * and neither the daemon's refs nor the agent's view of them have changed.
 */
import { join } from 'node:path';
import type { RpcClient } from '../../client/rpc-client';
import { createAgent, inAgent, inAgentOk } from '../helpers/agents';
import { startDaemon } from '../helpers/daemon';
import { fsckStrict, git } from '../helpers/git';
import { makeFixture } from './harness/fixture';

/** Short names, and the rule that protects them. */
const rules = {
  main: ['refs/heads/main', 'protected-branch'],
  theirs: ['refs/heads/theirs', 'foreign-branch'],
  'agent/other': ['refs/heads/agent/other', 'foreign-branch'],
  'agent/a': ['refs/heads/agent/a', 'agent-branch'],
  'v1.0': ['refs/tags/v1.0', 'foreign-tag'],
  'their-tag': ['refs/tags/their-tag', 'foreign-tag'],
} as const;

type Name = keyof typeof rules;

const refused: readonly (readonly [command: string, ...names: readonly Name[]])[] = [
  // On a branch that is checked out.
  ...(['main', 'theirs'] as const).flatMap((name) =>
    [
      'git commit --allow-empty -m x',
      'git commit -q --allow-empty --amend -m x',
      'GIT_EDITOR="echo edited >" git commit --allow-empty',
      'echo x >a && git commit -p -m x <<END\ny\nEND',
      'git merge mine',
      'git merge --no-ff -m merged mine',
      'git merge -s ours -m merged mine',
      'git reset --hard HEAD~1',
      'git reset --soft mine',
      'git rebase --onto mine HEAD~1',
      'git cherry-pick mine',
      'git revert --no-edit main',
      'git format-patch -1 --stdout mine | git am',
      'git pull -q --no-rebase --no-edit . mine',
      'git update-ref HEAD mine',
      'git commit-tree -m x HEAD^{tree} | xargs git update-ref HEAD',
    ].map((command) => [`git checkout -q ${name} && ${command}`, name] as const),
  ),
  // By name.
  ...(['main', 'theirs'] as const).flatMap((name) =>
    [
      `git branch -f ${name} mine`,
      `git branch -D ${name}`,
      `git branch -m ${name} renamed`,
      `git branch -M mine ${name}`,
      `git checkout -B ${name} mine`,
      `git switch -C ${name} mine`,
      `git update-ref refs/heads/${name} mine`,
      `git update-ref -d refs/heads/${name}`,
      `git symbolic-ref HEAD refs/heads/${name} && git commit --allow-empty -m x`,
      `git fetch . +mine:${name}`,
      `git push -f . mine:${name}`,
      `git push . :${name}`,
      // git's own receiver knows nothing of hooks that are named on the command line.
      `git config core.hooksPath .husky && git push -f . mine:${name}; e=$?; git config --unset core.hooksPath; exit $e`,
      // Here git tells no hook.
      `git branch -C mine ${name}`,
      `git symbolic-ref refs/heads/${name} refs/heads/mine`,
      `printf 'reset refs/heads/${name}\\nfrom mine\\n\\n' | git fast-import --quiet --force`,
      `git rebase mine ${name}`,
      `git worktree add -q /tmp/wt ${name} && git -C /tmp/wt commit --allow-empty -m x`,
    ].map((command) => [command, name] as const),
  ),
  // The branch the agent was created with stays.
  ['git checkout -q mine && git branch -D agent/a', 'agent/a'],
  ['git branch -m agent/a elsewhere', 'agent/a'],
  ['git update-ref -d refs/heads/agent/a', 'agent/a'],
  ['git push . :agent/a', 'agent/a'],
  // Tags.
  ...(['v1.0', 'their-tag'] as const).flatMap((name) =>
    [
      `git tag -f ${name} mine`,
      `git tag -f -a -m x ${name}`,
      `git tag -d ${name}`,
      `git update-ref refs/tags/${name} mine`,
      `git fetch . +mine:refs/tags/${name}`,
    ].map((command) => [command, name] as const),
  ),
  // Several at once.
  [
    `printf 'update refs/heads/main mine\\nupdate refs/heads/mine main\\ndelete refs/heads/theirs\\nupdate refs/tags/v1.0 mine\\ncreate refs/heads/new mine\\n' | git update-ref --stdin`,
    ...(['main', 'theirs', 'v1.0'] as const),
  ],
  ['git branch -D agent/other theirs', 'agent/other'],
  ['git push --atomic -f . mine:new mine:main mine:theirs', 'main', 'theirs'],
];

let client: RpcClient;
let repository: string;

beforeAll(async () => {
  const daemon = await startDaemon();
  client = await daemon.connect();
  repository = join(daemon.stateDirectory, 'repos', 'r.git');
  await client.call('repo.add', { location: `file://${await makeFixture()}`, id: 'r' });
  await Promise.all(['a', 'other'].map((id) => createAgent(client, id)));
  const commit = 'git commit -q --allow-empty -m';
  await inAgentOk(
    client,
    'other',
    `git checkout -q -b theirs && ${commit} one && ${commit} two && git tag their-tag`,
  );
  await inAgentOk(client, 'a', `git checkout -q -b mine && echo m >m && git add m && ${commit} mine`);
});

afterAll(() => fsckStrict(repository));

test.each(refused.map(([command, ...names]) => ({ command, names })))(
  'refused: $command',
  async (refusal) => {
    const { command, names } = refusal;
    const before = await git(repository, ['for-each-ref']);
    const clean =
      'git merge --abort; git rebase --abort; git am --abort; git cherry-pick --abort; git revert --abort';
    await inAgentOk(
      client,
      'a',
      `{ ${clean}; git worktree remove -f /tmp/wt; git checkout -f mine && git reset --hard && echo dirty >b && git stash && git reset --hard; } >/dev/null 2>&1; git symbolic-ref HEAD`,
    );
    const { exitCode, stderr, stdout } = await inAgent(client, 'a', command);
    expect([command, exitCode]).not.toEqual([command, 0]);
    for (const name of names) {
      const [ref, rule] = rules[name];
      const line = new RegExp(`^.*\\b${name.replaceAll('.', '\\.')}\\b.*\\(${rule}\\)$`, 'm');
      expect(`${ref}: ${stderr}${stdout}`).toMatch(line);
    }
    expect(await git(repository, ['for-each-ref'])).toBe(before);
    const seen = await inAgentOk(client, 'a', 'git for-each-ref refs/heads refs/tags');
    expect(seen).toBe(await git(repository, ['for-each-ref', 'refs/heads', 'refs/tags']));
  },
);

describe('what goes past git', () => {
  const ways: readonly (readonly [string, string])[] = [
    ['a ref written by hand', 'rm .git/refs/heads/main; git rev-parse mine >.git/refs/heads/main'],
    ['git without its hooks', '/usr/bin/git -c core.hooksPath=/nowhere update-ref refs/heads/main mine'],
    ['filter-branch, which hides the reason', 'git filter-branch -f --msg-filter "cat; echo x" main'],
    ['a copied branch', 'git branch -C mine main'],
    ['a link of its own', 'ln -sf agent/a .git/refs/heads/main'],
    [
      'a removed hook',
      'rm -f .git/hooks/reference-transaction; /usr/bin/git update-ref refs/heads/main mine',
    ],
    [
      'a packed ref',
      'rm .git/refs/heads/main; echo "$(git rev-parse mine) refs/heads/main" >>.git/packed-refs',
    ],
  ];

  test.each(ways)('%s changes nothing at the daemon, and the view is mended', async (_, command) => {
    const before = await git(repository, ['for-each-ref']);
    await inAgent(client, 'a', command);
    await inAgent(client, 'a', 'git status');
    expect(await git(repository, ['for-each-ref'])).toBe(before);
    expect(await inAgentOk(client, 'a', 'git rev-parse main')).toBe(
      await git(repository, ['rev-parse', 'refs/heads/main']),
    );
  });
});
