/** What agents do with refs beside committing: real git in real containers, decided by a real daemon. */
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { RpcClient } from '../../client/rpc-client';
import { addRepo, createAgent, inAgent, inAgentOk } from '../helpers/agents';
import { startDaemon, type TestDaemon } from '../helpers/daemon';
import { fsckStrict, git } from '../helpers/git';
import { makeRepo } from '../helpers/repo';

let daemon: TestDaemon;
let client: RpcClient;

beforeAll(async () => {
  daemon = await startDaemon();
  client = await daemon.connect();
  await addRepo(client, await makeRepo({ files: 10 }));
});

function shared(...args: string[]): Promise<string> {
  return git(join(daemon.stateDirectory, 'repos', 'r.git'), args);
}

test('branches and tags are made, moved, renamed and deleted, and the daemon has what the agent sees', async () => {
  await createAgent(client, 'refs');
  await inAgentOk(
    client,
    'refs',
    [
      'git checkout -q -b topic && git commit -q --allow-empty -m one && git tag v1 && git tag -a -m x v2',
      'git branch side && git branch -m side aside && git branch -c aside copy && git branch -D copy',
      'git branch -f aside HEAD~1 && git tag -d v1 && git switch -q agent/refs',
    ].join(' && '),
  );
  const list = "git for-each-ref --format='%(refname) %(objectname)' refs/heads refs/tags";
  const seen = await inAgentOk(client, 'refs', list);
  expect(seen).toMatch(/refs\/heads\/aside/);
  expect(seen).not.toMatch(/copy|side2|v1/);
  expect(
    (await shared('for-each-ref', '--format=%(refname) %(objectname)', 'refs/heads', 'refs/tags')).trim(),
  ).toBe(seen.trim());
});

test('a branch made and deleted without git is in the log, in the audit trail and nobody else’s', async () => {
  await createAgent(client, 'maker');
  await createAgent(client, 'taker');
  const value = (await inAgentOk(client, 'maker', 'git branch deep/made && git rev-parse HEAD')).trim();
  expect(
    await inAgentOk(client, 'maker', 'cat .git/logs/refs/heads/deep/made .git/refs/heads/deep/made'),
  ).toMatch(new RegExp(`^0{40} ${value} maker <.*>.*\\tbranch: Created from agent/maker\n${value}$`));
  const refused = await inAgent(client, 'taker', 'git branch -D deep/made');
  expect(refused.exitCode).not.toBe(0);
  expect(refused.stderr).toMatch(/not yours \(foreign-branch\)/);
  expect(await inAgentOk(client, 'maker', 'git branch -D deep/made')).toBe(
    `Deleted branch deep/made (was ${value.slice(0, 7)}).`,
  );
  expect(await inAgentOk(client, 'maker', 'find .git/logs .git/refs -path "*deep*"')).toBe('');

  // Of several at once one makes it, and one deletes it.
  const race = (command: string) =>
    `for i in 1 2 3 4 5 6; do (${command} && echo won) & done 2>/dev/null | grep -c won`;
  expect(await inAgentOk(client, 'maker', race('git branch contended'))).toBe('1');
  expect(await inAgentOk(client, 'maker', race('git branch -q -D contended'))).toBe('1');

  const { records } = await client.call('audit.tail', { limit: 1000 });
  const told = records.filter(({ refs }) => refs.some(({ ref }) => ref === 'refs/heads/deep/made'));
  expect(told.map(({ agent, argv, verdict }) => [agent, argv.join(' '), verdict])).toEqual([
    ['maker', 'git branch deep/made', 'accepted'],
    ['taker', 'git branch -D deep/made', 'denied'],
    ['maker', 'git branch -D deep/made', 'accepted'],
  ]);
});

test('a rebase with conflicts, a merge and a stash go as in a plain clone', async () => {
  await createAgent(client, 'work');
  await inAgentOk(
    client,
    'work',
    [
      'git checkout -q -b base && echo base > f && git add f && git commit -q -m base',
      'git checkout -q -b mine && echo mine > f && git commit -q -am mine',
      'git checkout -q base && echo theirs > f && git commit -q -am theirs && git checkout -q mine',
      '! git rebase base && echo both > f && git add f && GIT_EDITOR=true git rebase --continue',
      'echo more >> f && git stash && git stash pop && git commit -q -am more',
      'git checkout -q base && git merge --no-ff -m merged mine',
    ].join(' && '),
  );
  expect(await shared('log', '--format=%s', '--topo-order', 'refs/heads/base')).toMatch(
    /merged\nmore\nmine\ntheirs\nbase/,
  );
  await fsckStrict(join(daemon.stateDirectory, 'repos', 'r.git'));
});

test('a transaction with one forbidden ref does nothing at all, and says which one', async () => {
  await createAgent(client, 'multi');
  const before = await shared('for-each-ref');
  const result = await inAgent(
    client,
    'multi',
    'printf "create refs/heads/fine HEAD\\nupdate refs/heads/main HEAD~0\\ndelete refs/heads/agent/work\\n" | git update-ref --stdin',
  );
  expect(result.exitCode).not.toBe(0);
  expect(result.stderr).toMatch(/refs\/heads\/agent\/work: .*not yours \(foreign-branch\)/);
  expect(await shared('for-each-ref')).toBe(before);
  expect(await inAgentOk(client, 'multi', 'git branch --list fine')).toBe('');
});

test('an accepted commit of another agent is seen at once, also through a new branch', async () => {
  await createAgent(client, 'writer');
  await createAgent(client, 'viewer');
  const tip = await inAgentOk(
    client,
    'writer',
    'git checkout -q -b seen && echo x > x && git add x && git commit -qm seen && git rev-parse HEAD',
  );
  expect(await inAgentOk(client, 'viewer', 'git rev-parse seen')).toBe(tip);
});

test('a hook of the project runs as git would run it, and its refusal holds', async () => {
  await createAgent(client, 'hooked');
  const result = await inAgent(
    client,
    'hooked',
    [
      'printf "#!/bin/sh\\nenv | grep ^GIT_DIR; pwd; exit 1\\n" > .git/hooks/pre-commit; chmod +x .git/hooks/pre-commit',
      'echo x > x; git add x; git commit -m no; echo "code $?"; git commit -q --no-verify -m yes && git log -1 --format=%s',
    ].join('; '),
  );
  expect(`${result.stdout}${result.stderr}`).not.toMatch(/GIT_DIR/);
  expect(result.stdout).toMatch(/code 1\nyes/);
});

test('what is under way survives a stop of the container and a restart of the daemon', async () => {
  await createAgent(client, 'paused');
  await inAgentOk(
    client,
    'paused',
    [
      'git checkout -q -b one && echo 1 > c && git add c && git commit -q -m one',
      'git checkout -q -b two agent/paused && echo 2 > c && git add c && git commit -q -m two',
      '! git rebase one',
    ].join(' && '),
  );
  await client.call('agent.stop', { id: 'paused' });
  client.close();
  await daemon.stop();
  await daemon.start();
  client = await daemon.connect();
  await client.call('agent.start', { id: 'paused' });
  expect(await inAgentOk(client, 'paused', 'git status')).toMatch(/rebase in progress/);
  await inAgentOk(client, 'paused', 'echo 3 > c && git add c && GIT_EDITOR=true git rebase --continue');
  expect(await shared('log', '-2', '--format=%s', 'refs/heads/two')).toMatch(/^two\none/);
});

test('a transaction that git gives up after its hook agreed leaves nothing behind', async () => {
  await createAgent(client, 'quitter');
  const before = await shared('for-each-ref');
  await inAgent(
    client,
    'quitter',
    "printf 'start\\ncreate refs/heads/q1 HEAD\\nprepare\\nabort\\n' | git update-ref --stdin",
  );
  await inAgent(
    client,
    'quitter',
    "printf 'start\\ncreate refs/heads/q2 HEAD\\nprepare\\n' | git update-ref --stdin",
  );
  expect(await shared('for-each-ref')).toBe(before);
  expect(await inAgentOk(client, 'quitter', 'git branch --list q1 q2')).toBe('');
});

test('a ref that a transaction only compares stays, alone and beside a deletion', async () => {
  await createAgent(client, 'careful');
  const script = (lines: string) =>
    `printf '${lines}' | git update-ref --stdin && git for-each-ref --format='%(refname)' refs/heads/v`;
  await inAgentOk(client, 'careful', 'git branch v/compared && git branch v/deleted && git branch v/also');
  expect(
    await inAgentOk(
      client,
      'careful',
      script('verify refs/heads/v/compared HEAD\\ncreate refs/heads/v/made HEAD\\n'),
    ),
  ).toBe('refs/heads/v/also\nrefs/heads/v/compared\nrefs/heads/v/deleted\nrefs/heads/v/made');
  expect(
    await inAgentOk(
      client,
      'careful',
      script('verify refs/heads/v/compared HEAD\\ndelete refs/heads/v/deleted HEAD\\n'),
    ),
  ).toBe('refs/heads/v/also\nrefs/heads/v/compared\nrefs/heads/v/made');
  expect((await shared('for-each-ref', '--format=%(refname)', 'refs/heads/v')).trim()).toBe(
    'refs/heads/v/also\nrefs/heads/v/compared\nrefs/heads/v/made',
  );
});

test('git is stopped before it changes the work tree for a branch that it could not move', async () => {
  await createAgent(client, 'early');
  const result = await inAgent(
    client,
    'early',
    'echo new > new && git add new && git commit -qm new && git switch -q main && git merge agent/early',
  );
  expect(result.exitCode).toBe(1);
  expect(result.stderr).toMatch(/refs\/heads\/main: branch 'main' is protected/);
  expect(await inAgentOk(client, 'early', 'git status --porcelain && ls new 2>/dev/null || echo clean')).toBe(
    'clean',
  );
  // A branch of its own, also one that has no commit yet, is another matter.
  await inAgentOk(client, 'early', 'git switch -q -c early-mine && git merge -q agent/early');
  await inAgentOk(
    client,
    'early',
    'git switch -q --orphan early-fresh && git merge -q early-mine && git log -1 --format=%s',
  );
});

test('DL-06 an agent is removed while its commit is between the journal and its ref: first the commit, then the removal', async () => {
  await createAgent(client, 'leaving');
  const lock = join(daemon.stateDirectory, 'repos/r.git/refs/heads/agent/leaving.lock');
  const journal = join(daemon.stateDirectory, 'journal');
  const isJournaled = (): boolean =>
    readdirSync(journal).some((name) => readFileSync(join(journal, name)).includes('said in leaving'));
  writeFileSync(lock, '');
  const committing = inAgent(client, 'leaving', 'git commit -q --allow-empty -m "said in leaving"').catch(
    () => null,
  );
  while (!isJournaled()) await sleep(5);
  const removing = client.call('agent.remove', { id: 'leaving', force: true });
  await sleep(200);
  rmSync(lock);
  await Promise.all([committing, removing]);
  expect((await client.call('agent.list', {})).agents.some(({ id }) => id === 'leaving')).toBe(false);
  expect(await shared('log', '--format=%s', '-1', 'agent/leaving')).toBe('said in leaving');
  expect(existsSync(join(daemon.stateDirectory, 'agents/leaving'))).toBe(false);
  const { records } = await client.call('audit.tail', { limit: 10 });
  const methods = records.map(({ method }) => method);
  expect(methods).toContain('commit.create');
  expect(methods.lastIndexOf('commit.create')).toBeLessThan(methods.lastIndexOf('agent.remove'));
  expect(await client.call('audit.verify', {})).toMatchObject({ valid: true });
  await fsckStrict(join(daemon.stateDirectory, 'repos', 'r.git'));
});
