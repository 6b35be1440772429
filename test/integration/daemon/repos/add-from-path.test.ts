import { execFileSync } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
  existsSync,
} from 'node:fs';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { agentOf, makeReposFixture, openParents } from '../../../helpers/repos-fixture';
import { fsckStrict, git } from '../../../helpers/git';
import { makeRemote, makeRepo, writeFiles } from '../../../helpers/repo';
import { tempDir } from '../../../helpers/temp-dir';
import { containing } from '../../../helpers/text-matchers';
import { testIf } from '../../../helpers/test-if';

function listTree(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .map((entry) => {
      const path = join(entry.parentPath, entry.name);
      const content = entry.isFile()
        ? createHash('sha256').update(readFileSync(path)).digest('hex')
        : entry.isSymbolicLink()
          ? 'link'
          : 'folder';
      return `${path.slice(folder.length)} ${statSync(path).mode} ${content}`;
    })
    .sort();
}

describe('repo.add from a path', () => {
  it('gives a bare repository with nothing but HEAD, config, objects, refs and packed-refs', async () => {
    const clone = await makeRepo({ commits: 3 });
    await git(clone, ['tag', '-a', '-m', 'one', 'v1']);
    const { add } = await makeReposFixture();
    const record = await add(clone);
    expect(readdirSync(record.directory).sort()).toEqual([
      'HEAD',
      'config',
      'objects',
      'packed-refs',
      'refs',
    ]);
    expect(record.directory.endsWith('/repos/repo.git')).toBe(true);
    expect(await git(record.directory, ['rev-parse', 'refs/heads/main', 'v1'])).toBe(
      await git(clone, ['rev-parse', 'main', 'v1']),
    );
    expect(record.defaultBranch).toBe('main');
    expect(record.protectedBranches).toEqual(['main', 'master']);
    await fsckStrict(record.directory);
  });

  it('leaves every byte of the clone as it was', async () => {
    const clone = await makeRepo({ commits: 2 });
    const before = listTree(clone);
    const { add, service } = await makeReposFixture();
    const record = await add(clone);
    await service.fetch(record.id);
    expect(listTree(clone)).toEqual(before);
  });

  it('shares loose objects and packs by hard links', async () => {
    const clone = await makeRepo({ files: 20 });
    await git(clone, ['repack', '-a', '-d', '-q']);
    writeFiles(clone, { 'dir-0/file-1.txt': 'changed\n' });
    await git(clone, ['commit', '-qam', 'two']);
    const { add } = await makeReposFixture();
    const { directory } = await add(clone);
    const pack = readdirSync(join(directory, 'objects/pack')).find((name) => name.endsWith('.pack')) ?? '';
    expect(statSync(join(directory, 'objects/pack', pack)).ino).toBe(
      statSync(join(clone, '.git/objects/pack', pack)).ino,
    );
    const id = await git(clone, ['rev-parse', 'HEAD']);
    const loose = join('objects', id.slice(0, 2), id.slice(2));
    expect(statSync(join(directory, loose)).ino).toBe(statSync(join(clone, '.git', loose)).ino);
  });

  it('makes a real copy of a clone that borrows objects', async () => {
    const origin = await makeRepo({ commits: 2 });
    const clone = join(tempDir(), 'borrower');
    await git('/', ['clone', '-q', '--shared', origin, clone]);
    const { add } = await makeReposFixture();
    const { directory } = await add(clone);
    expect(existsSync(join(directory, 'objects/info/alternates'))).toBe(false);
    await fsckStrict(directory);
    expect(await git(directory, ['rev-parse', 'main'])).toBe(await git(origin, ['rev-parse', 'main']));
  });

  it.each(['a linked worktree', 'a subfolder', 'a symbolic link', 'the .git folder', 'a bare repository'])(
    'finds the repository of %s',
    async (kind) => {
      const clone = await makeRepo({ path: join(tempDir(), 'with spaces & more') });
      const base = tempDir();
      await git(clone, ['worktree', 'add', '-q', join(base, 'linked tree'), '-b', 'side']);
      symlinkSync(clone, join(base, 'link'));
      await git('/', ['clone', '-q', '--bare', clone, join(base, 'bare.git')]);
      const location =
        {
          'a linked worktree': join(base, 'linked tree'),
          'a subfolder': join(clone, 'dir-0'),
          'a symbolic link': join(base, 'link'),
          'the .git folder': join(clone, '.git'),
        }[kind] ?? join(base, 'bare.git');
      const { add } = await makeReposFixture();
      const record = await add(location);
      expect(record.source.location).toBe(kind === 'a bare repository' ? join(base, 'bare.git') : clone);
      expect(record.defaultBranch).toBe('main');
      expect(await git(record.directory, ['rev-parse', 'main', 'side'])).toBe(
        await git(clone, ['rev-parse', 'main', 'side']),
      );
    },
  );

  it('serves a clone with relative worktrees, which this git itself may not open', async () => {
    const clone = await makeRepo();
    await git(clone, ['config', 'core.repositoryFormatVersion', '1']);
    const id = await git(clone, ['rev-parse', 'main']);
    await git(clone, ['config', 'extensions.relativeWorktrees', 'true']);
    const { add } = await makeReposFixture();
    const { directory } = await add(clone);
    expect(await git(directory, ['rev-parse', 'main'])).toBe(id);
  });

  it('serves shallow, empty and detached clones', async () => {
    const origin = await makeRepo({ commits: 4 });
    const base = tempDir();
    await git('/', ['clone', '-q', '--depth=2', `file://${origin}`, join(base, 'shallow')]);
    await git('/', ['init', '-q', join(base, 'empty')]);
    await git('/', ['clone', '-q', origin, join(base, 'detached')]);
    await git(join(base, 'detached'), ['checkout', '-q', '--detach', 'HEAD~1']);
    await git(join(base, 'detached'), ['branch', '-D', 'main']);
    const { add, service } = await makeReposFixture();

    const shallow = await add(join(base, 'shallow'));
    expect(await git(shallow.directory, ['rev-list', '--count', 'main'])).toBe('2');
    await fsckStrict(shallow.directory);

    const empty = await add(join(base, 'empty'));
    expect(empty.defaultBranch).toBe('main');
    expect((await service.resolveBase(empty.id)).commit).toBe('0'.repeat(40));

    const detached = await add(join(base, 'detached'));
    expect((await service.resolveBase(detached.id, detached.defaultBranch)).commit).toBe(
      await git(origin, ['rev-parse', 'main~1']),
    );
  });

  it('follows a shallow clone that is deepened later', async () => {
    const origin = await makeRepo({ commits: 4 });
    const clone = join(tempDir(), 'shallow');
    await git('/', ['clone', '-q', '--depth=1', `file://${origin}`, clone]);
    const { add, service } = await makeReposFixture();
    const record = await add(clone);
    await git(clone, ['fetch', '-q', '--unshallow']);
    await service.syncClone(record.id);
    expect(await git(record.directory, ['rev-list', '--count', 'main'])).toBe('4');
    await fsckStrict(record.directory);
  });

  it.each([
    ['sha256', 'object format is sha256', ['init', '-q', '--object-format=sha256', '.']],
    ['reftable', 'stored as reftable', ['config', 'extensions.refStorage', 'reftable']],
    ['an unknown extension', 'extension shinynewthing', ['config', 'extensions.shinyNewThing', 'true']],
    ['a promisor remote', 'partial clone', ['config', 'remote.origin.promisor', 'true']],
    ['a partial clone', 'partial clone', ['config', 'extensions.partialClone', 'origin']],
  ])('refuses %s and says why', async (_name, reason, command) => {
    const clone = command[0] === 'init' ? tempDir() : await makeRepo();
    if (command[0] !== 'init') await git(clone, ['config', 'core.repositoryFormatVersion', '1']);
    await git(clone, command);
    const { add, context } = await makeReposFixture();
    await expect(add(clone)).rejects.toMatchObject({
      code: 'repo-unusable',
      message: containing(reason),
    });
    expect(readdirSync(context.layout.repos).filter((name) => name !== '.clone-views')).toEqual([]);
  });

  it('refuses what is no repository', async () => {
    const { add } = await makeReposFixture();
    const base = tempDir();
    writeFileSync(join(base, 'file'), '');
    mkdirSync(join(base, 'broken'));
    writeFileSync(join(base, 'broken/.git'), 'gitdir: /nowhere\n');
    for (const location of [
      '',
      '  ',
      'relative/path',
      base,
      join(base, 'file'),
      join(base, 'none'),
      join(base, 'broken'),
      'ext::sh -c id',
      'git://x/y',
    ]) {
      await expect(add(location)).rejects.toMatchObject({ code: 'repo-unusable' });
    }
  });

  it('leaves out a branch whose commit is missing, as git does', async () => {
    const clone = await makeRepo();
    writeFileSync(join(clone, '.git/refs/heads/broken'), `${'1'.repeat(40)}\n`);
    const { add } = await makeReposFixture();
    const { directory } = await add(clone);
    expect(await git(directory, ['for-each-ref', '--format=%(refname)', 'refs/heads'])).toBe(
      'refs/heads/main',
    );
  });

  it('shares one copy among concurrent adds of one location, however it is spelled', async () => {
    const clone = await makeRepo();
    const { add, context } = await makeReposFixture();
    const records = await Promise.all(
      [clone, join(clone, 'dir-0'), join(clone, '.git'), `${clone}/`].map((location) =>
        add(location, { ensure: true }),
      ),
    );
    expect(new Set(records.map((record) => record.id)).size).toBe(1);
    expect(context.registry.list()).toHaveLength(1);
    await expect(add(clone)).rejects.toMatchObject({ code: 'repo-exists' });
  });

  it('gives different repositories of one name different ids, also at the same time', async () => {
    const { add } = await makeReposFixture();
    const clones = await Promise.all([makeRepo(), makeRepo(), makeRepo()]);
    const records = await Promise.all(clones.map((clone) => add(clone)));
    expect(records.map((record) => record.id).sort()).toEqual(['repo', 'repo-2', 'repo-3']);
  });

  it("takes over new commits of the clone but never an agent's branch", async () => {
    const clone = await makeRepo();
    const { add, service, agents, audit, events } = await makeReposFixture();
    const record = await add(clone);
    agents.push(agentOf(record.id, 'a'));
    await git(clone, ['commit', '-q', '--allow-empty', '-m', 'two']);
    await git(clone, ['branch', 'agent/a']);
    await git(clone, ['branch', 'other']);
    const moves = await service.syncClone(record.id);
    expect(moves.map((move) => move.ref)).toEqual(
      [
        'refs/heads/main',
        'refs/heads/other',
        'refs/remotes/origin/main',
        'refs/remotes/origin/agent/a',
        'refs/remotes/origin/other',
      ].sort(),
    );
    expect(await git(record.directory, ['rev-parse', 'main'])).toBe(await git(clone, ['rev-parse', 'main']));
    expect(audit.at(-1)).toMatchObject({ method: 'repo.fetch', verdict: 'accepted' });
    expect(events.at(-1)).toMatchObject({ topic: 'refs', data: { cause: 'clone' } });
  });

  it("uses the clone's own remote, fetches from it, and tells how far the base is behind", async () => {
    const origin = await makeRepo();
    const remote = await makeRemote(origin);
    const clone = join(tempDir(), 'clone');
    await git('/', ['clone', '-q', remote, clone]);
    await git(origin, ['commit', '-q', '--allow-empty', '-m', 'two']);
    await git(origin, ['push', '-q', remote, 'main']);
    const { add, service } = await makeReposFixture();
    const record = await add(clone);
    expect(record.remote).toBe(remote);
    expect(await service.refresh(record.id, { waitMs: 20_000 })).toEqual({ fetched: true, reason: null });
    expect(await service.resolveBase(record.id, 'main')).toMatchObject({
      commit: await git(clone, ['rev-parse', 'main']),
      behind: 1,
      upstream: 'refs/remotes/origin/main',
    });
    expect((await service.resolveBase(record.id, 'origin/main')).commit).toBe(
      await git(origin, ['rev-parse', 'main']),
    );
    await expect(service.resolveBase(record.id, '--help')).rejects.toMatchObject({
      code: 'revision-not-found',
    });
    await expect(service.resolveBase(record.id, 'nothing')).rejects.toMatchObject({
      code: 'revision-not-found',
    });
  });

  testIf(process.getuid?.() === 0, 'files of another owner need root')(
    'serves a clone of another user, as that user',
    async () => {
      const base = mkdtempSync(join(tempDir(), 'x'));
      const clone = await makeRepo({ path: join(base, 'clone') });
      execFileSync('chown', ['-R', '12345:12345', clone]);
      const { add, service, context } = await makeReposFixture();
      openParents(base);
      openParents(context.layout.repos);
      const record = await add(clone);
      expect(record.owner).toEqual({ uid: 12345, gid: 12345 });
      const id = await git(clone, ['commit-tree', '-m', 'x', '-p', 'HEAD', 'HEAD^{tree}']);
      await git(clone, ['update-ref', 'refs/heads/main', id]);
      execFileSync('chown', ['-R', '12345:12345', clone]);
      await service.syncClone(record.id);
      expect(await git(record.directory, ['rev-parse', 'main'])).toBe(id);
    },
  );
});
