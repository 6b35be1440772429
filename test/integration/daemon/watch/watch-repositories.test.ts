import { setTimeout as sleep } from 'node:timers/promises';
import { createPublisher } from '../../../../daemon/repos/publisher';
import { watchRepositories, type RepositoryWatches } from '../../../../daemon/watch/watch-repositories';
import { agentOf, makeReposFixture, type ReposFixture } from '../../../helpers/repos-fixture';
import { git } from '../../../helpers/git';
import { makeRepo } from '../../../helpers/repo';

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 15_000;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error('did not happen');
    await sleep(25);
  }
}

describe('watching repositories', () => {
  let fixture: ReposFixture;
  let watches: RepositoryWatches | undefined;
  const scheduled: string[] = [];

  const watchAll = async (): Promise<void> => {
    watches = watchRepositories(fixture.context, {
      syncClone: fixture.service.syncClone,
      schedulePublication: (repo) => scheduled.push(repo),
    });
    await watches.ready();
  };

  beforeEach(async () => {
    fixture = await makeReposFixture();
    scheduled.length = 0;
  });
  afterEach(async () => {
    await watches?.close();
    await fixture.service.idle();
  });

  it("brings new commits of the clone to the agents' view", async () => {
    const clone = await makeRepo();
    const record = await fixture.add(clone);
    await watchAll();
    await git(clone, ['commit', '-q', '--allow-empty', '-m', 'two']);
    const id = await git(clone, ['rev-parse', 'main']);
    await until(async () => (await git(record.directory, ['rev-parse', 'main'])) === id);
  });

  it('watches repositories that are added later, and schedules publication when HEAD changes', async () => {
    await watchAll();
    const clone = await makeRepo();
    const record = await fixture.add(clone);
    await watches?.ready();
    await git(clone, ['checkout', '-q', '-b', 'side']);
    await until(() => scheduled.includes(record.id));
  });

  it('reports a ref changed by hand once, and none that the daemon moved', async () => {
    const clone = await makeRepo({ commits: 2 });
    const record = await fixture.add(clone);
    fixture.agents.push(agentOf(record.id, 'a'));
    await watchAll();
    const [main, previous] = (await git(clone, ['rev-parse', 'main', 'main~1'])).split('\n');
    await git(record.directory, ['update-ref', 'refs/heads/agent/a', main ?? '']);
    fixture.context.events.publish({
      topic: 'commits',
      agent: 'a',
      repo: record.id,
      data: { ref: 'refs/heads/agent/a', commit: main, old: '0'.repeat(40) },
    });
    await git(record.directory, ['update-ref', 'refs/heads/by-hand', previous ?? '']);
    const byHand = () => fixture.events.filter((event) => event.data['cause'] === 'hand');
    await until(() => byHand().length > 0);
    await git(record.directory, ['pack-refs', '--all']);
    await git(record.directory, ['update-ref', '-d', 'refs/heads/by-hand']);
    await until(() => byHand().length > 1);
    expect(byHand().map((event) => event.data['refs'])).toEqual([
      [{ ref: 'refs/heads/by-hand', old: '0'.repeat(40), new: previous }],
      [{ ref: 'refs/heads/by-hand', old: previous, new: '0'.repeat(40) }],
    ]);
  });

  it('does not take publication for a change of the clone', async () => {
    const clone = await makeRepo();
    const record = await fixture.add(clone);
    fixture.agents.push(agentOf(record.id, 'a'));
    await watchAll();
    const publisher = createPublisher(fixture.context);
    await git(record.directory, ['branch', 'agent/a', 'main']);
    publisher.schedule(record.id);
    await publisher.stop();
    await git(clone, ['commit', '-q', '--allow-empty', '-m', 'two']);
    await until(() => fixture.events.some((event) => event.data['cause'] === 'clone'));
    expect(fixture.events.filter((event) => event.data['cause'] === 'clone')).toHaveLength(1);
  });
});
