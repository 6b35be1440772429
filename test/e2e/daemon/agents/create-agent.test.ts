import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { busyboxImage, docker } from '../../../helpers/docker-socket';
import { git } from '../../../helpers/git';
import { openParents } from '../../../helpers/repos-fixture';
import { makeRepo } from '../../../helpers/repo';
import { tempDir } from '../../../helpers/temp-dir';
import { testIf } from '../../../helpers/test-if';
import { openStage, type AgentStage } from './agent-stage';

const isRoot = process.getuid?.() === 0;

let stage: AgentStage;

beforeAll(async () => {
  stage = await openStage({ state: join(tempDir(), 'state') });
  await stage.fixture.add(await makeRepo({ files: 5, commits: 2 }), { id: 'r' });
});

afterAll(async () => {
  await stage.end();
  await stage.removeContainers();
});

/** What there is of an agent: nothing but an empty list after a creation was undone. */
async function tracesOf(id: string): Promise<readonly string[]> {
  await stage.life.settled();
  const { layout } = stage.fixture.context;
  const branches = await git(join(layout.repos, 'r.git'), [
    'for-each-ref',
    '--format=%(refname)',
    `refs/heads/agent/${id}`,
  ]);
  const containers = (await stage.runtime.list()).filter((container) => container.agent === id);
  return [
    ...readdirSync(layout.agents).filter((name) => name === id),
    ...branches.split('\n').filter((line) => line !== ''),
    ...containers.map((container) => container.id),
    ...stage.registry
      .list()
      .filter((record) => record.id === id)
      .map((record) => record.status),
  ];
}

describe('a new agent', () => {
  test('has its branch, its files and a clean status, inside and on the host', async () => {
    const { record, created, warnings } = await stage.create('one');
    expect({ created, warnings, status: record.status }).toEqual({
      created: true,
      warnings: [],
      status: 'ready',
    });
    expect(await stage.sh('one', 'git status --porcelain --branch')).toBe('## agent/one');
    expect(await stage.sh('one', 'git log --oneline | wc -l; ls dir-0 | wc -l')).toBe('2\n5');
    expect(await git(record.hostDirectory, ['status', '--porcelain', '--branch'])).toBe('## agent/one');
    expect(await git(record.hostDirectory, ['rev-parse', 'HEAD'])).toBe(record.base.commit);
  });

  test('uses git with no variable of git in its environment, and finds the shim first', async () => {
    await stage.create('env', { environment: { EDITOR: 'vi' } });
    expect(await stage.sh('env', 'env | grep -c ^GIT_ || true')).toBe('0');
    expect(await stage.sh('env', 'echo $EDITOR; command -v git')).toBe('vi\n/gitiso/bin/git');
    expect(await stage.sh('env', 'sh -lc "command -v git"')).toBe('/gitiso/bin/git');
  });

  test('can not write into a shared ref, remove its .git or write to the repository past git', async () => {
    await stage.create('jail');
    const out = await stage.sh(
      'jail',
      [
        'echo junk 2>&1 > .git/refs/heads/agent/jail',
        'rm -r .git 2>&1 >/dev/null | tail -1; mv .git z 2>&1',
        'touch /gitiso/shared/x 2>&1; touch /gitiso/bin/x 2>&1; touch /gitiso/etc/x 2>&1',
        'unshare -Ur true 2>&1; true',
      ].join('; '),
    );
    expect(out.match(/Read-only file system/g)).toHaveLength(4);
    expect(out.match(/Device or resource busy/g)).toHaveLength(2);
    expect(out).toMatch(/unshare: .*Operation not permitted/);
  });

  test('sees the branches of the others at once', async () => {
    await stage.create('seer');
    await stage.create('seen');
    expect(await stage.sh('seer', 'git branch --list agent/seen')).toBe('  agent/seen');
  });

  test('runs with no capability, no new privileges, its limits and exactly the mounts of the design', async () => {
    const { record } = await stage.create('caged', {
      limits: { memoryBytes: 256 << 20, cpus: 0.5, pids: 64 },
    });
    const [found] = JSON.parse(await docker('inspect', record.containerId ?? '')) as [Inspected];
    expect(found.HostConfig).toMatchObject({
      Privileged: false,
      CapAdd: null,
      CapDrop: ['ALL'],
      SecurityOpt: ['no-new-privileges:true'],
      NetworkMode: 'none',
      PidMode: '',
      IpcMode: 'private',
      Binds: null,
      Devices: null,
      Init: true,
      Memory: 256 << 20,
      NanoCpus: 500_000_000,
      PidsLimit: 64,
    });
    expect(
      found.Mounts.map(({ Destination, RW, Propagation }) => [Destination, RW, Propagation]).sort(),
    ).toEqual([
      ['/etc/profile.d/gitiso.sh', false, 'rprivate'],
      ['/gitiso/bin', false, 'rprivate'],
      ['/gitiso/etc', false, 'rprivate'],
      ['/gitiso/run', false, 'rprivate'],
      ['/gitiso/shared', false, 'rprivate'],
      ['/workspace', true, 'rprivate'],
      ['/workspace/.git', true, 'rprivate'],
    ]);
    expect(await stage.sh('caged', 'grep CapEff /proc/self/status; grep NoNewPrivs /proc/self/status')).toBe(
      'CapEff:\t0000000000000000\nNoNewPrivs:\t1',
    );
  });

  test('gets extra mounts and a shared SSH directory read-only, and the caller is warned', async () => {
    const folder = tempDir();
    mkdirSync(join(folder, 'ssh'));
    writeFileSync(join(folder, 'ssh', 'id_test'), 'not a key\n');
    const { warnings } = await stage.create('extra', {
      mounts: [{ source: folder, target: '/opt/data' }],
      shareAuth: join(folder, 'ssh'),
    });
    expect(warnings).toEqual([expect.stringContaining('private keys')]);
    expect(await stage.sh('extra', 'cat /root/.ssh/id_test; touch /opt/data/x 2>&1; true')).toContain(
      'not a key\ntouch: cannot touch',
    );
  });

  testIf(isRoot, 'needs root to make a clone of another user')(
    'runs as the owner of the clone, and so does host git in its work tree',
    async () => {
      const clone = await makeRepo({ files: 2 });
      execFileSync('chown', ['-R', '12345:12345', clone]);
      openParents(clone);
      openParents(stage.state);
      await stage.fixture.add(clone, { id: 'owned' });
      const { record } = await stage.create('owner', { repo: 'owned' });
      expect(record.owner).toEqual({ uid: 12345, gid: 12345 });
      expect(
        await stage.sh('owner', 'id -u; echo $HOME; touch $HOME/x new; git add new; git status --porcelain'),
      ).toBe('12345\n/home/agent\nA  new');
      const status = execFileSync('git', ['status', '--porcelain', '--branch'], {
        cwd: record.hostDirectory,
        uid: 12345,
        gid: 12345,
        env: { PATH: process.env['PATH'], HOME: '/nonexistent' },
        encoding: 'utf8',
      });
      expect(status).toBe('## agent/owner\n?? new\n');
    },
  );

  test('starts at the tip of a branch that exists and belongs to nobody', async () => {
    const { layout } = stage.fixture.context;
    const tip = await git(join(layout.repos, 'r.git'), ['rev-parse', 'main~1']);
    await git(join(layout.repos, 'r.git'), ['branch', 'free', tip]);
    const { record, warnings } = await stage.create('taker', { branch: 'free', base: 'main' });
    expect(warnings).toEqual([expect.stringContaining('branch free exists')]);
    expect(await stage.sh('taker', 'git rev-parse HEAD')).toBe(tip);
    expect(record.branchCreated).toBe(false);
  });
});

interface Inspected {
  readonly HostConfig: Record<string, unknown>;
  readonly Mounts: readonly { Destination: string; RW: boolean; Propagation: string }[];
}

describe('of two creations', () => {
  test('of one id one wins, and a third with ensure gets the winner', async () => {
    const [first, second, third] = await Promise.allSettled([
      stage.create('twin'),
      stage.create('twin'),
      stage.create('twin', { ensure: true }),
    ]);
    expect(first).toMatchObject({ status: 'fulfilled', value: { created: true } });
    expect(second).toMatchObject({ status: 'rejected', reason: { code: 'agent-exists' } });
    expect(third).toMatchObject({ status: 'fulfilled', value: { created: false } });
    await expect(stage.create('twin', { ensure: true })).resolves.toMatchObject({ created: false });
  });

  test('with one branch one wins', async () => {
    const results = await Promise.allSettled([
      stage.create('left', { branch: 'shared' }),
      stage.create('right', { branch: 'shared' }),
    ]);
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
    await expect(stage.create('late', { branch: 'shared' })).rejects.toMatchObject({ code: 'branch-taken' });
    expect(await tracesOf('right')).toEqual([]);
  });
});

describe('nothing is left', () => {
  test.each([
    ['a protected branch', { branch: 'main' }, 'policy-denied'],
    ['a base that is not there', { base: 'nowhere' }, 'revision-not-found'],
    ['an image that is not there', { image: 'gitiso/none:none' }, 'image-not-found'],
    ['a mount of the state directory', { mounts: [{ source: '/', target: '/x' }] }, 'invalid-params'],
    ['a branch name that is none', { branch: 'a..b' }, 'invalid-params'],
    ['a variable that would break git', { environment: { GIT_DIR: '/x' } }, 'invalid-params'],
  ])('after a creation with %s', async (_what, options, code) => {
    await expect(stage.create('gone', options)).rejects.toMatchObject({ code });
    expect(await tracesOf('gone')).toEqual([]);
  });

  test('after a creation with an image without git, and the message says so', async () => {
    await expect(stage.create('nogit', { image: busyboxImage })).rejects.toMatchObject({
      code: 'agent-create-failed',
      message: 'no git was found in the image',
    });
    expect(await tracesOf('nogit')).toEqual([]);
  });

  test('after a creation that its caller cancelled, whenever that was', async () => {
    for (const afterMs of [5, 60, 200]) {
      const control = new AbortController();
      const creation = stage.life.create({ id: 'cancelled', repo: 'r' }, control.signal);
      setTimeout(() => control.abort(Object.assign(new Error('cancelled'), { name: 'Cancelled' })), afterMs);
      await expect(creation).rejects.toThrow();
      expect(await tracesOf('cancelled')).toEqual([]);
    }
  });

  test('when an engine does not answer', async () => {
    const away = await openStage({
      state: join(tempDir(), 'state'),
      engineSocket: '/nonexistent/docker.sock',
    });
    await away.fixture.add(await makeRepo(), { id: 'r' });
    await expect(away.create('lost')).rejects.toMatchObject({ code: 'runtime-unavailable' });
    expect(away.registry.list()).toEqual([]);
    expect(existsSync(join(away.state, 'agents', 'lost'))).toBe(false);
    await away.end();
  });
});

test('an agent of a repository without any commit starts on its unborn branch', async () => {
  await stage.fixture.add(await makeRepo({ commits: 0 }), { id: 'empty' });
  await stage.create('first', { repo: 'empty' });
  expect(await stage.sh('first', 'git status --porcelain --branch')).toBe('## No commits yet on agent/first');
});

test('the mount of a link is the mount of what it leads to when it was made', async () => {
  const folder = tempDir();
  mkdirSync(join(folder, 'real'));
  writeFileSync(join(folder, 'real', 'f'), 'x');
  symlinkSync(join(folder, 'real'), join(folder, 'link'));
  const { record } = await stage.create('linked', {
    mounts: [{ source: join(folder, 'link'), target: '/m' }],
  });
  expect(record.mounts).toEqual([{ source: join(folder, 'real'), target: '/m' }]);
  const stored = JSON.parse(readFileSync(join(stage.state, 'agents/linked/agent.json'), 'utf8')) as unknown;
  expect(stored).toMatchObject({ id: 'linked', status: 'ready', version: 1 });
});
