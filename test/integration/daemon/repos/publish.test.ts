import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createPublisher } from '../../../../daemon/repos/publisher';
import { publishBranches } from '../../../../daemon/repos/publish';
import type { RefName } from '../../../../shared/ids';
import type { RepoRecord } from '../../../../daemon/repos/repo-registry';
import { agentOf, makeReposFixture, openParents, type ReposFixture } from '../../../helpers/repos-fixture';
import { fsckStrict, git } from '../../../helpers/git';
import { makeRepo } from '../../../helpers/repo';
import { tempDir } from '../../../helpers/temp-dir';
import { testIf } from '../../../helpers/test-if';

/** A commit on an agent's branch, as the daemon makes it: new objects and a ref in its own repository. */
async function commit(record: RepoRecord, branch: string, message: string, parent = branch): Promise<string> {
  const { directory } = record;
  const blob = await git(directory, ['hash-object', '-w', '--stdin'], { stdin: message });
  const tree = await git(directory, ['mktree'], { stdin: `100644 blob ${blob}\tfile\n` });
  const id = await git(directory, ['commit-tree', '-p', parent, '-m', message, tree]);
  await git(directory, ['update-ref', `refs/heads/${branch}`, id]);
  return id;
}

async function start(): Promise<ReposFixture & { readonly clone: string; readonly record: RepoRecord }> {
  const clone = await makeRepo();
  const fixture = await makeReposFixture();
  const record = await fixture.add(clone);
  fixture.agents.push(agentOf(record.id, 'a'));
  return { ...fixture, clone, record };
}

async function until(isSo: () => boolean): Promise<void> {
  const deadline = Date.now() + 20_000;
  while (!isSo() && Date.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 20));
  expect(isSo()).toBe(true);
}

describe('publication to the user’s clone', () => {
  it("makes an agent's commits ordinary commits of the clone, again and again", async () => {
    const { context, record, clone } = await start();
    await commit(record, 'agent/a', 'one', 'main');
    await publishBranches(context, record);
    const second = await commit(record, 'agent/a', 'two');
    const { published } = await publishBranches(context, record);
    expect(published.map((move) => move.new)).toEqual([second]);
    expect(await git(clone, ['log', '--format=%s', 'agent/a'])).toBe('two\none\ncommit 1');
    await fsckStrict(clone);
    expect((await publishBranches(context, record)).published).toEqual([]);
  });

  it('follows an amended commit', async () => {
    const { context, record, clone } = await start();
    await commit(record, 'agent/a', 'one', 'main');
    await publishBranches(context, record);
    const amended = await commit(record, 'agent/a', 'one, better', 'main');
    await publishBranches(context, record);
    expect(await git(clone, ['rev-parse', 'agent/a'])).toBe(amended);
  });

  it('never moves a branch that is checked out in the clone or a worktree of it', async () => {
    const { context, record, clone } = await start();
    const first = await commit(record, 'agent/a', 'one', 'main');
    await publishBranches(context, record);
    await git(clone, ['worktree', 'add', '-q', join(tempDir(), 'wt'), 'agent/a']);
    await commit(record, 'agent/a', 'two');
    const { kept } = await publishBranches(context, record);
    expect(kept).toMatchObject([{ ref: 'refs/heads/agent/a', reason: 'it is checked out in the clone' }]);
    expect(await git(clone, ['rev-parse', 'agent/a'])).toBe(first);
  });

  it("never overwrites a branch of the user's own, and tells once", async () => {
    const { context, record, clone, events } = await start();
    await git(clone, ['branch', 'agent/a']);
    await git(clone, ['checkout', '-q', 'agent/a']);
    await git(clone, ['commit', '-q', '--allow-empty', '-m', 'mine']);
    await git(clone, ['checkout', '-q', 'main']);
    const mine = await git(clone, ['rev-parse', 'agent/a']);
    await commit(record, 'agent/a', 'one', 'main');
    const publisher = createPublisher(context);
    publisher.scheduleAll();
    await publisher.stop();
    expect(await git(clone, ['rev-parse', 'agent/a'])).toBe(mine);
    expect(events.filter((event) => event.data['refused'] === true)).toHaveLength(1);
  });

  it('is not taken for the user’s when the agent has deleted the branch meanwhile', async () => {
    const { context, record, clone, agents, service } = await start();
    agents[0] = { ...agentOf(record.id, 'a'), ownRefs: ['refs/heads/topic' as RefName] };
    await commit(record, 'topic', 'one', 'main');
    await publishBranches(context, record);
    agents[0] = agentOf(record.id, 'a');
    await git(record.directory, ['update-ref', '-d', 'refs/heads/topic']);
    await service.syncClone(record.id);
    expect(await git(record.directory, ['branch', '--list', 'topic'])).toBe('');
    await publishBranches(context, record);
    expect(await git(clone, ['branch', '--list', 'topic'])).toBe('');
  });

  it('is the user’s as soon as the user has moved it, there and back', async () => {
    const { context, record, clone, agents, service } = await start();
    const first = await commit(record, 'agent/a', 'one', 'main');
    await publishBranches(context, record);
    agents.length = 0;
    for (const value of [await git(clone, ['rev-parse', 'main']), first]) {
      await git(clone, ['update-ref', 'refs/heads/agent/a', value]);
      await service.syncClone(record.id);
      expect(await git(record.directory, ['rev-parse', 'agent/a'])).toBe(value);
    }
  });

  it('is not taken for the user’s when it belongs to an agent by the time it is seen', async () => {
    const { context, record, clone, agents, service } = await start();
    const first = await commit(record, 'topic', 'one', 'main');
    await git(clone, ['fetch', '-q', record.directory, 'topic:topic']);
    const second = await commit(record, 'topic', 'two');
    const { run } = context.git;
    // The agent makes the branch its own while the clone's refs are listed.
    jest.spyOn(context.git, 'run').mockImplementation(async (argv, options) => {
      const answer = await run(argv, options);
      if (argv.includes('for-each-ref'))
        agents[0] = { ...agentOf(record.id, 'a'), ownRefs: ['refs/heads/topic' as RefName] };
      return answer;
    });
    await service.syncClone(record.id);
    expect(await git(clone, ['rev-parse', 'topic'])).toBe(first);
    expect(await git(record.directory, ['rev-parse', 'topic'])).toBe(second);
  });

  it('runs no hook of the clone', async () => {
    const { context, record, clone } = await start();
    for (const hook of ['reference-transaction', 'post-update', 'pre-receive']) {
      writeFileSync(join(clone, '.git/hooks', hook), `#!/bin/sh\ntouch ${clone}/ran\nexit 1\n`, {
        mode: 0o755,
      });
    }
    await commit(record, 'agent/a', 'one', 'main');
    expect((await publishBranches(context, record)).published).toHaveLength(1);
    expect(() => statSync(join(clone, 'ran'))).toThrow();
  });

  it('happens by itself after a commit, and not when it is turned off', async () => {
    const { context, record, clone } = await start();
    const publisher = createPublisher(context);
    const id = await commit(record, 'agent/a', 'one', 'main');
    const data = { ref: 'refs/heads/agent/a', commit: id, old: '0'.repeat(40) };
    context.events.publish({ topic: 'commits', agent: 'a', repo: record.id, data });
    await publisher.stop();
    expect(await git(clone, ['rev-parse', 'agent/a'])).toBe(id);

    await context.registry.put({ ...record, publish: false });
    const quiet = createPublisher(context);
    await commit(record, 'agent/a', 'two');
    context.events.publish({ topic: 'commits', agent: 'a', repo: record.id, data });
    await quiet.stop();
    expect(await git(clone, ['rev-parse', 'agent/a'])).toBe(id);
  });

  it('comes later by itself when the clone can not take it now, and says so once', async () => {
    const { context, record, clone, events } = await start();
    const id = await commit(record, 'agent/a', 'one', 'main');
    const lock = join(clone, '.git/refs/heads/agent/a.lock');
    mkdirSync(dirname(lock), { recursive: true });
    writeFileSync(lock, '');
    const publisher = createPublisher(context);
    publisher.scheduleAll();
    await until(() => events.some((event) => event.data['refused'] === true));
    expect(await git(clone, ['branch', '--list', 'agent/a'])).toBe('');
    rmSync(lock);
    await until(() => existsSync(lock.replace('.lock', '')));
    expect(await git(clone, ['rev-parse', 'agent/a'])).toBe(id);
    await publisher.stop();
    expect(events.filter((event) => event.data['refused'] === true)).toHaveLength(1);
  });

  testIf(process.getuid?.() === 0, 'files of another owner need root')(
    "gives the clone's owner what it writes",
    async () => {
      const base = mkdtempSync(join(tempDir(), 'x'));
      const clone = await makeRepo({ path: join(base, 'clone') });
      execFileSync('chown', ['-R', '12345:12345', clone]);
      const fixture = await makeReposFixture();
      openParents(base);
      openParents(fixture.context.layout.repos);
      const record = await fixture.add(clone);
      fixture.agents.push(agentOf(record.id, 'a'));
      const id = await commit(record, 'agent/a', 'one', 'main');
      await publishBranches(fixture.context, record);
      const ref = statSync(join(clone, '.git/refs/heads/agent/a'));
      const object = statSync(join(clone, '.git/objects', id.slice(0, 2), id.slice(2)));
      expect([ref.uid, object.uid]).toEqual([12345, 12345]);
      mkdirSync(join(base, 'end'));
    },
  );
});
