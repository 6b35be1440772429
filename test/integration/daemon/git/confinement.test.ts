/** What confined git and workers can do: each line is tried from inside, on this machine, and fails there. */
import { copyFileSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { createConfinement, type Confinement } from '../../../../daemon/git/confinement';
import { createHostGit, type GitRunOptions } from '../../../../daemon/git/host-git';
import { stageObjects } from '../../../../daemon/git/stage-objects';
import { createWorkerPool } from '../../../../daemon/git/worker-pool';
import type { RefName } from '../../../../shared/ids';
import { confinedGit, confinement, ownUid } from '../../../helpers/confined';
import { git } from '../../../helpers/git';
import { makeRepo } from '../../../helpers/repo';
import { quietLog } from '../../../helpers/repos-fixture';
import { tempDir } from '../../../helpers/temp-dir';
import { deltaBomb } from './delta-bomb';

const limits = { timeoutMs: 20_000, outputLimitBytes: 1024 * 1024 };
let folder: string;
let gitDir: string;

beforeAll(async () => {
  folder = tempDir();
  gitDir = join(folder, 'repos', 'r.git');
  for (const name of ['repos', 'agents', 'audit', 'run']) mkdirSync(join(folder, name));
  writeFileSync(join(folder, 'audit', 'log'), 'secret');
  writeFileSync(join(folder, 'repos', 'r.json'), 'secret');
  await git('/', ['clone', '-q', '--bare', await makeRepo(), gitDir]);
});

/** What a shell prints inside, a git alias being the way in. */
async function inside(script: string, options: Partial<GitRunOptions> = {}): Promise<string> {
  const host = await createHostGit({
    ...(await confinedGit()),
    hidden: {
      folders: [join(folder, 'audit'), join(folder, 'agents')],
      files: [join(folder, 'run', 'sock')],
    },
    ...{ path: '/usr/bin/git', environment: { HOME: folder, PATH: '/usr/bin:/bin' }, log: quietLog },
  });
  const result = await host.run(['-c', `alias.probe=!${script}; :`, 'probe'], { ...limits, ...options });
  return result.stdout.toString('utf8').trim();
}

test('this machine confines git in full', async () => {
  expect((await confinement()).report).toEqual({ level: 'full', missing: [] });
});

describe('local git', () => {
  test('sees its repository and system programs, and nothing else of the host', async () => {
    const seen = await inside(`ls -A / ${folder} ${folder}/repos; cat /etc/shadow /etc/ssh/*`, { gitDir });
    expect(seen).toContain('r.git');
    expect(seen).not.toMatch(/root|home|proc|agents|audit|secret|r\.json|BEGIN/);
  });

  test('has no network, not even to this machine', async () => {
    const server = createServer((socket) => socket.destroy()).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as { port: number };
    const connect = `bash -c 'echo >/dev/tcp/127.0.0.1/${String(port)} && echo connected'`;
    expect(await inside(connect)).toBe('');
    expect(await inside(connect, { profile: 'network' })).toBe('connected');
    await new Promise((resolve) => server.close(resolve));
  });

  test('can change no system file, make no device, no namespace, no owner, and see no process of the host', async () => {
    const attempts = [
      'touch /usr/bin/evil && echo wrote',
      'mknod /tmp/d b 8 0 && echo device',
      'unshare -U true && echo namespace',
      'unshare -m true && echo namespace',
      'mount -t tmpfs none /tmp && echo mounted',
      `touch ${gitDir}/mine && chown 12345 ${gitDir}/mine && echo chowned`,
      `kill -0 ${String(process.pid)} && echo signalled`,
      `chmod 4755 /usr/bin/true && echo setuid`,
    ];
    expect(await inside(attempts.map((one) => `(${one}) 2>/dev/null`).join('; '), { gitDir })).toBe('');
  });

  test('reads the repository only, when the objects of somebody else are staged', async () => {
    const staged = tempDir();
    const options = { gitDir, env: { GIT_OBJECT_DIRECTORY: staged } };
    expect(await inside(`touch ${gitDir}/evil && echo wrote`, options)).toBe('');
    expect(await inside(`touch ${staged}/fine && echo wrote`, options)).toBe('wrote');
  });
});

test('a call that only looks at refs of the own store needs no box; one for anything else gets it', async () => {
  const full = await confinement();
  let boxes = 0;
  const counting: Confinement = {
    ...full,
    wrap: (...asked) => {
      boxes += 1;
      return full.wrap(...asked);
    },
  };
  const host = await createHostGit({
    ...(await confinedGit()),
    ...{ path: '/usr/bin/git', environment: {}, log: quietLog, confinement: counting },
  });
  const boxesOf = async (args: readonly string[], options: Partial<GitRunOptions> = {}): Promise<number> => {
    const before = boxes;
    expect((await host.run(args, { ...limits, gitDir, ...options })).exitCode).toBe(0);
    return boxes - before;
  };
  const clone = tempDir();
  for (const name of ['objects', 'refs']) symlinkSync(join(gitDir, name), join(clone, name));
  copyFileSync(join(gitDir, 'HEAD'), join(clone, 'HEAD'));
  expect(await boxesOf(['rev-parse', 'HEAD'])).toBe(0);
  expect(await boxesOf(['for-each-ref'])).toBe(0);
  expect(await boxesOf(['for-each-ref'], { gitDir: clone })).toBe(1);
  expect(await boxesOf(['rev-parse', 'HEAD'], { profile: 'network' })).toBe(1);
  expect(await boxesOf(['rev-parse', 'HEAD'], { env: { GIT_OBJECT_DIRECTORY: folder } })).toBe(1);
  expect(await boxesOf(['-c', 'core.bare=true', 'rev-parse', 'HEAD'])).toBe(1);
  expect(await boxesOf(['rev-list', '--objects', 'HEAD'])).toBe(1);
});

describe('git that talks to the network', () => {
  const network = { profile: 'network' } as const;

  test("reads the operator's files, writes its mirror only, and sees nothing of agents, audit log and sockets", async () => {
    writeFileSync(join(folder, 'run', 'sock'), 'secret');
    expect(await inside(`cat ${folder}/repos/r.json`, network)).toBe('secret');
    expect(await inside(`cat ${folder}/audit/log ${folder}/run/sock; ls -A ${folder}/agents`, network)).toBe(
      '',
    );
    expect(await inside('touch /usr/evil && echo wrote; touch /etc/evil && echo wrote', network)).toBe('');
    expect(await inside(`touch ${gitDir}/own && echo wrote`, { ...network, gitDir })).toBe('wrote');
  });
});

test('a delta that unfolds to 6 GB is refused for want of memory, and the repository is as it was', async () => {
  const host = await createHostGit({
    ...(await confinedGit()),
    ...{ path: '/usr/bin/git', environment: {}, log: quietLog },
  });
  const place = {
    ...{ git: host, gitDir, staging: tempDir(), isKept: true },
    ...{ blobBytes: 60 * 1024 * 1024, totalBytes: 512 * 1024 * 1024 },
  };
  await expect(stageObjects(place, deltaBomb())).rejects.toMatchObject({
    code: 'invalid-object',
    message: expect.stringMatching(/[Oo]ut of memory/) as string,
  });
  await git(gitDir, ['fsck', '--strict']);
});

/** Answers with what it could do, in the place of a worker. */
const probeWorker = `
const { execFileSync } = require('node:child_process');
const fs = require('node:fs');
const net = require('node:net');
const can = (act) => { try { act(); return true; } catch { return false; } };
process.on('disconnect', () => process.exit(0));
process.on('message', ({ id, request: { gitDirectory, ref } }) => {
  const result = {
    root: fs.readdirSync('/').sort(),
    repositories: fs.readdirSync(gitDirectory + '/..').sort(),
    writesRepository: can(() => fs.writeFileSync(gitDirectory + '/probe', '')),
    writesSystem: can(() => fs.writeFileSync('/usr/bin/evil', '')),
    changesOwner: can(() => fs.chownSync(gitDirectory + '/probe', 12345, 12345)),
    signalsDaemon: can(() => process.kill(Number(ref), 0)),
    makesNamespaces: can(() => execFileSync('/usr/bin/unshare', ['-U', 'true'], { stdio: 'ignore' })),
    environment: Object.keys(process.env).sort(),
  };
  const socket = net.connect(1, '127.0.0.1');
  socket.on('error', (error) => process.send({ id, result: { ...result, network: error.code } }));
});
`;

test('a worker sees the repositories it serves, and has no rights beside them', async () => {
  const programs = tempDir();
  writeFileSync(join(programs, 'probe.js'), probeWorker);
  const mine = await createConfinement({
    ...{ mode: 'require', uid: ownUid, arch: process.arch },
    programs: { git: [], worker: [process.execPath, programs] },
  });
  const pool = createWorkerPool({
    ...{ script: join(programs, 'probe.js'), confinement: mine, log: quietLog },
    ...{ count: 1, idleMs: 0, recycleAfter: 100, deadlineMs: 20_000, memoryBytes: 512 * 1024 * 1024 },
  });
  const ref = String(process.pid) as RefName;
  const seen = (await pool.run(gitDir, { op: 'readRef', gitDirectory: gitDir, ref })) as unknown;
  await pool.stop();
  mine.close();
  const { root, environment, ...rest } = seen as { root: string[]; environment: string[] };
  expect(rest).toEqual({
    repositories: ['r.git'],
    writesRepository: true,
    writesSystem: false,
    changesOwner: false,
    signalsDaemon: false,
    makesNamespaces: false,
    network: 'EAFNOSUPPORT',
  });
  expect(root).not.toEqual(expect.arrayContaining(['root']));
  expect(environment.filter((name) => !/^NODE_CHANNEL/.test(name))).toEqual(['HOME', 'PATH', 'PWD']);
});

describe('on a host without the tools', () => {
  const poor = {
    mode: 'auto',
    uid: ownUid,
    arch: process.arch,
    programs: { git: [], worker: [] },
    toolFolders: ['/nowhere'],
  } as const;

  test('it says what is missing, and git runs all the same', async () => {
    const none = await createConfinement(poor);
    expect(none.report.level).toBe('none');
    expect(none.report.missing.map(({ what }) => what).join()).toMatch(/bubblewrap.*prlimit/);
    const host = await createHostGit({
      ...{ path: '/usr/bin/git', environment: {}, log: quietLog, confinement: none },
      ...{ hidden: { folders: [], files: [] }, uid: ownUid },
    });
    expect((await host.run(['rev-parse', 'HEAD'], { ...limits, gitDir })).exitCode).toBe(0);
  });

  test('with prlimit and setpriv alone it is partial, and root keeps no rights over others', async () => {
    const bin = tempDir();
    for (const name of ['prlimit', 'setpriv'])
      writeFileSync(join(bin, name), `#!/bin/sh\nexec /usr/bin/${name} "$@"\n`, { mode: 0o755 });
    const partial = await createConfinement({ ...poor, toolFolders: [bin] });
    expect(partial.report.level).toBe('partial');
    const host = await createHostGit({
      ...{ path: '/usr/bin/git', environment: {}, log: quietLog, confinement: partial },
      ...{ hidden: { folders: [], files: [] }, uid: ownUid },
    });
    const capabilities = '!grep -E "^(CapEff|NoNewPrivs)" /proc/self/status';
    const { stdout } = await host.run(['-c', `alias.c=${capabilities}`, 'c'], limits);
    expect(stdout.toString('utf8').replace(/\s+/g, ' ')).toMatch(/CapEff: 000000000000000[04] NoNewPrivs: 1/);
  });

  test('a daemon that requires confinement does not start without it', async () => {
    await expect(createConfinement({ ...poor, mode: 'require' })).rejects.toMatchObject({
      code: 'config-invalid',
    });
  });

  test('switched off it is reported as such', async () => {
    expect((await createConfinement({ ...poor, mode: 'off' })).report.level).toBe('none');
  });
});

test('the filter is given anew to every child', async () => {
  const filter = (await confinement()).openFilter();
  expect(filter).not.toBeNull();
  expect(readFileSync(filter ?? 0).length % 8).toBe(0);
  expect(readFileSync(filter ?? 0).length).toBe(0);
  const again = (await confinement()).openFilter();
  expect(readFileSync(again ?? 0).length).toBeGreaterThan(300);
});
