/**
 * On no request does the host open, list, watch or delete anything under a folder the agent can write: seen in the system
 * calls of the daemon and of everything it starts, while an agent does all that agents do.
 */
import { join } from 'node:path';
import type { RpcClient } from '../../client/rpc-client';
import { addRepo, createAgent, inAgent, inAgentOk } from '../helpers/agents';
import { startDaemon, type TestDaemon } from '../helpers/daemon';
import { git } from '../helpers/git';
import { makeRemote, makeRepo } from '../helpers/repo';
import { pathsIn, traceProcesses } from './harness/trace';

let daemon: TestDaemon;
let client: RpcClient;

beforeAll(async () => {
  daemon = await startDaemon();
  client = await daemon.connect();
  const clone = await makeRepo({ files: 5, commits: 2 });
  await git(clone, ['remote', 'add', 'origin', await makeRemote(clone)]);
  await addRepo(client, clone);
  await createAgent(client, 'one');
});

/** Everything the container can write, as the host knows it. */
function isAgents(path: string): boolean {
  return /\/agents\/one\/(workspace|gitdir|home)(\/|$)/.test(path);
}

/** One that was opened is a place that only the process itself names: none is used for an agent's folder. */
function touches(lines: readonly string[]): readonly string[] {
  return lines.filter((line) => pathsIn(line).some((path) => isAgents(path)));
}

/** What is named by a descriptor, but for sockets, what git is confined with, and the links in a new /dev. */
function byDescriptor(lines: readonly string[]): readonly string[] {
  // A call that was interrupted stands in two lines: one of the others tells the number.
  const filter = lines.find((line) => /"\/proc\/self\/fd\/.*\/gitiso-filter-\w+\/filter>/.test(line));
  const known = [
    'gitiso.sock',
    /"\/proc\/self\/fd\/\d+", O_RDONLY/.exec(filter ?? '')?.[0] ?? 'gitiso.sock',
    ...['0", "/newroot/dev/stdin"', '1", "/newroot/dev/stdout"', '2", "/newroot/dev/stderr"'],
  ];
  return lines.filter((line) => line.includes('"/proc/self/fd/') && !known.some((one) => line.includes(one)));
}

test('a whole session of an agent makes the host look at nothing below its folders', async () => {
  const trace = await traceProcesses(daemon.pid());
  await inAgentOk(
    client,
    'one',
    [
      'echo 1 > a && git add a && git commit -q -m one && echo 2 >> a && git commit -q -a -m two && git status',
      'GIT_EDITOR="echo three >" git commit -q --allow-empty && git switch -q -c topic && git tag v1',
      'echo x > x && git add x && git stash -q && git stash pop -q && git commit -q -m x && git switch -q agent/one',
      'git merge -q --no-ff -m merged topic && git rebase -q main && git fetch -q && git push -q origin HEAD:topic',
      'git gc -q && git commit -q --amend -m amended && git branch -m topic other && git branch -D other',
    ].join(' && '),
  );
  await inAgent(
    client,
    'one',
    'git push origin HEAD:main; git branch -f main HEAD; git update-ref refs/heads/agent/one main',
  );
  await client.call('agent.stats', { id: 'one' });
  await client.call('agent.show', { id: 'one' });
  await client.call('agent.logs', { id: 'one' });
  await client.call('commit.log', { repo: 'r' });
  await client.call('repo.fetch', { id: 'r' });
  await client.call('audit.verify', {});
  await inAgentOk(client, 'one', 'echo left > uncommitted');
  await expect(client.call('agent.remove', { id: 'one' })).rejects.toMatchObject({ code: 'agent-has-work' });
  const lines = await trace.end();
  // It was really watched: git and the workers at work on the repository, the journal, the audit log.
  expect(lines.filter((line) => line.includes('execve(')).length).toBeGreaterThan(3);
  expect(lines.some((line) => line.includes(join(daemon.stateDirectory, 'repos/r.git/objects')))).toBe(true);
  expect(touches(lines)).toEqual([]);
  // Nor by the back door of a descriptor.
  expect(byDescriptor(lines)).toEqual([]);
}, 300_000);

test('a removal takes its snapshot without it, and then moves the folder away as a whole', async () => {
  const trace = await traceProcesses(daemon.pid());
  await client.call('agent.remove', { id: 'one', force: true });
  const lines = await trace.end();
  const teardown = lines.findIndex((line) => /rename/.test(line) && line.includes('/trash/'));
  expect(teardown).toBeGreaterThan(0);
  // To start the container once more, what is mounted is looked at (verify-sources.ts): the folders themselves, never into them.
  const before = touches(lines.slice(0, teardown));
  // The trace does see such names.
  expect(before.length).toBeGreaterThan(0);
  const inside = before.filter((line) =>
    pathsIn(line).some((path) => /\/agents\/one\/(workspace|gitdir|home)\/(?!\.git$)./.test(path)),
  );
  expect(inside).toEqual([]);
  // Teardown itself opens folders only, and follows no link.
  const opened = lines
    .slice(teardown)
    .filter((line) => / open(at)?\(/.test(line) && line.includes('/trash/'));
  expect(opened.filter((line) => !/O_NOFOLLOW|O_DIRECTORY/.test(line))).toEqual([]);
}, 300_000);
