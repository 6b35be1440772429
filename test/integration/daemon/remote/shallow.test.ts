import { existsSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { fsckStrict, git } from '../../../helpers/git';
import { makeRemoteWorld } from '../../../helpers/remote-world';
import { makeRemote, makeRepo } from '../../../helpers/repo';
import { makeReposFixture } from '../../../helpers/repos-fixture';

describe('a repository that is a shallow copy', () => {
  it('shows its branch and what is pushed, fetches what is new and nothing of the old', async () => {
    const upstream = await makeRepo({ commits: 6 });
    await git(upstream, ['branch', 'other', 'main~3']);
    const remote = await makeRemote(upstream);
    const fixture = await makeReposFixture();
    const record = await fixture.add(`file://${remote}`, { depth: 2 });
    const world = await makeRemoteWorld(fixture, record);
    const shallow = join(record.directory, 'shallow');
    if (existsSync(shallow)) symlinkSync(shallow, join(world.workspace, '.git/shallow'));
    try {
      expect(await world.run('fetch')).toMatchObject({
        exitCode: 0,
        stderr: 'From gitiso::remote\n * [new branch]      main       -> origin/main\n',
      });
      await world.run('checkout', '-q', '-b', 'agent/a', 'origin/main');
      await world.commit('one', { new: 'new\n' });
      expect(await world.run('push', '-u', 'origin', 'HEAD')).toMatchObject({ exitCode: 0 });
      await fsckStrict(remote);
      await git(upstream, ['commit', '-q', '--allow-empty', '-m', 'seven']);
      await git(upstream, ['push', '-q', remote, 'main']);
      expect(await world.run('fetch')).toMatchObject({ exitCode: 0 });
      expect(await world.run('rev-list', '--count', 'origin/main')).toMatchObject({ stdout: '3\n' });
      expect(await world.run('ls-remote', '--heads')).toMatchObject({
        stdout: `${await git(remote, ['rev-parse', 'agent/a'])}\trefs/heads/agent/a\n${await git(remote, ['rev-parse', 'main'])}\trefs/heads/main\n`,
      });
      expect(await world.run('push')).toMatchObject({ exitCode: 0, stderr: 'Everything up-to-date\n' });
      await fsckStrict(record.directory);
    } finally {
      await world.close();
    }
  }, 60_000);
});
