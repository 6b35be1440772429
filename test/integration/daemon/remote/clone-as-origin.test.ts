import { join } from 'node:path';
import { fsckStrict, git } from '../../../helpers/git';
import { makeRemoteWorld } from '../../../helpers/remote-world';
import { makeRepo, writeFiles } from '../../../helpers/repo';
import { makeReposFixture } from '../../../helpers/repos-fixture';
import { containing } from '../../../helpers/text-matchers';

describe("a user's clone without a remote, which is agents' origin itself", () => {
  it('is fetched from and pushed to, but never under a checked-out branch', async () => {
    const clone = await makeRepo({ commits: 2 });
    const fixture = await makeReposFixture();
    const world = await makeRemoteWorld(fixture, await fixture.add(clone, { publish: false }));
    try {
      expect(world.url).toBe('gitiso::repo');
      await git(clone, ['branch', 'topic', 'main~1']);
      await git(clone, ['tag', 'v1', 'main']);
      expect(await world.run('fetch')).toMatchObject({
        exitCode: 0,
        stderr:
          'From gitiso::repo\n * [new branch]      main       -> origin/main\n' +
          ' * [new branch]      topic      -> origin/topic\n * [new tag]         v1         -> v1\n',
      });
      await world.run('checkout', '-q', '-b', 'agent/a', 'origin/main');
      const id = await world.commit('one', { 'new.txt': 'new\n' });
      expect(await world.run('push', '-u', 'origin', 'HEAD', 'HEAD:second')).toMatchObject({ exitCode: 0 });
      expect(await git(clone, ['rev-parse', 'agent/a', 'second'])).toBe(`${id}\n${id}`);
      await fsckStrict(clone);

      await git(clone, ['checkout', '-q', 'agent/a']);
      const two = await world.commit('two');
      expect(await world.run('push', 'origin', 'HEAD', 'HEAD:second')).toMatchObject({
        exitCode: 1,
        stderr: containing('[remote rejected] HEAD -> agent/a (branch is currently checked out)'),
      });
      expect(await git(clone, ['rev-parse', 'agent/a', 'second'])).toBe(`${id}\n${two}`);
      expect(await world.run('push', '--atomic', 'origin', 'HEAD', 'HEAD~1:second', '-f')).toMatchObject({
        exitCode: 1,
      });
      expect(await git(clone, ['rev-parse', 'second'])).toBe(two);

      writeFiles(clone, { 'by-user.txt': 'user\n' });
      await git(clone, ['add', '-A']);
      await git(clone, ['commit', '-q', '-m', 'by the user']);
      await git(clone, ['branch', '-D', 'topic']);
      expect(await world.run('pull', '--rebase', '--prune', 'origin', 'agent/a')).toMatchObject({
        exitCode: 0,
      });
      expect(await world.run('ls-remote', '--symref', 'origin', 'HEAD')).toMatchObject({
        stdout: containing('ref: refs/heads/agent/a\tHEAD\n'),
      });
      const other = join(world.root, 'other');
      expect(await world.run('clone', '-q', world.url, other)).toMatchObject({ exitCode: 0 });
      expect(await world.runIn(other, 'log', '-1', '--format=%s')).toMatchObject({ stdout: 'by the user\n' });
    } finally {
      await world.close();
    }
  }, 60_000);

  it('is a shallow one, as deep as it is', async () => {
    const source = await makeRepo({ commits: 5 });
    const clone = join(source, '..', 'shallow');
    await git(source, ['clone', '-q', '--depth', '2', `file://${source}`, clone]);
    await git(clone, ['remote', 'remove', 'origin']);
    const fixture = await makeReposFixture();
    const world = await makeRemoteWorld(fixture, await fixture.add(clone, { publish: false }));
    try {
      const other = join(world.root, 'other');
      expect(await world.run('clone', '-q', world.url, other)).toMatchObject({ exitCode: 0 });
      expect(await world.runIn(other, 'rev-list', '--count', 'HEAD')).toMatchObject({ stdout: '2\n' });
      expect(await world.runIn(other, 'fsck')).toMatchObject({ exitCode: 0 });
    } finally {
      await world.close();
    }
  }, 60_000);
});
