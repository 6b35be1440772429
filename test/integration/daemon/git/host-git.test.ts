import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findGit } from '../../../../daemon/git/find-git';
import { createHostGit, type HostGit } from '../../../../daemon/git/host-git';
import { confinedGit } from '../../../helpers/confined';
import { git } from '../../../helpers/git';
import { makeRepo } from '../../../helpers/repo';
import { quietLog } from '../../../helpers/repos-fixture';
import { tempDir } from '../../../helpers/temp-dir';
import { testIf } from '../../../helpers/test-if';
import { containing } from '../../../helpers/text-matchers';

const limits = { timeoutMs: 10_000, outputLimitBytes: 1024 * 1024 };

async function hostGit(environment: Record<string, string> = {}): Promise<HostGit> {
  return createHostGit({ path: '/usr/bin/git', environment, log: quietLog, ...(await confinedGit()) });
}

describe('git on the host', () => {
  it('gives exit code, bytes and standard error', async () => {
    const gitDir = join(await makeRepo(), '.git');
    const host = await hostGit();
    expect(host.version).toMatch(/^2\./);
    const blob = Buffer.from([0, 255, 10, 128]);
    const { stdout } = await host.run(['hash-object', '-w', '--stdin'], { gitDir, ...limits, stdin: blob });
    const read = await host.run(['cat-file', 'blob', stdout.toString().trim()], { gitDir, ...limits });
    expect(read.stdout.equals(blob)).toBe(true);
    const failed = await host.run(['rev-parse', '--verify', 'nothing'], { gitDir, ...limits });
    expect(failed).toMatchObject({ exitCode: 128, stderr: containing('fatal:') });
  });

  it('ends everything that git started at the deadline, also what left its process group or ignores SIGTERM (NW-07)', async () => {
    const host = await hostGit();
    for (const profile of ['local', 'network'] as const) {
      const marks = [`3${String(process.pid)}.1`, `3${String(process.pid)}.2`, `3${String(process.pid)}.3`];
      const [group, left, deaf] = marks.map((mark) => `sleep ${mark}`);
      const script = `!trap '' TERM; ${group} & setsid ${left} & ${deaf}; :`;
      const call = host.run(['-c', `alias.start=${script}`, 'start'], {
        ...limits,
        timeoutMs: 8000,
        profile,
      });
      const failed = expect(call).rejects.toMatchObject({ code: 'timed-out' });
      await until(() => marks.every((mark) => countRunning(`sleep ${mark}`) === 1));
      await failed;
      await until(() => marks.every((mark) => countRunning(`sleep ${mark}`) === 0));
    }
  });

  it('keeps no more than it may of a standard error that never ends', async () => {
    const host = await hostGit();
    let seen = 0;
    const call = host.run(['-c', 'alias.shout=!yes aaaaaaaaaaaaaaaa >&2', 'shout'], {
      ...limits,
      timeoutMs: 1000,
      onStderr: (text) => (seen += text.length),
    });
    await expect(call).rejects.toMatchObject({ code: 'timed-out' });
    expect(seen).toBeGreaterThan(256 * 1024);
  });

  it('says so when git ends by a signal', async () => {
    const host = await hostGit();
    const call = host.run(['-c', 'alias.die=!kill -SEGV $$', 'die'], limits);
    // The shell of the alias dies, and git tells it as a shell does.
    await expect(call).rejects.toMatchObject({ code: 'worker-failed', message: containing('SIGSEGV') });
  });

  it('stops when it is cancelled, and when there is too much output', async () => {
    const gitDir = join(await makeRepo({ files: 200 }), '.git');
    const host = await hostGit();
    const controller = new AbortController();
    const waiting = host.run(['cat-file', '--batch'], { gitDir, ...limits, signal: AbortSignal.abort() });
    await expect(waiting).rejects.toMatchObject({ code: 'request-cancelled' });
    controller.abort();
    await expect(
      host.run(['ls-tree', '-r', 'HEAD'], { gitDir, ...limits, outputLimitBytes: 1000 }),
    ).rejects.toMatchObject({ code: 'limit-exceeded' });
  });

  it('pipes one git into another, and reports the one that failed', async () => {
    const from = join(await makeRepo({ commits: 2 }), '.git');
    const to = join(tempDir(), 'to.git');
    await git('/', ['init', '-q', '--bare', to]);
    const host = await hostGit();
    const pack = { args: ['pack-objects', '--all', '--stdout', '-q'], options: { gitDir: from, ...limits } };
    const piped = await host.pipe(pack, {
      args: ['index-pack', '--stdin'],
      options: { gitDir: to, ...limits },
    });
    expect(piped).toMatchObject({ from: { exitCode: 0 }, to: { exitCode: 0 } });
    await git(to, ['cat-file', '-e', await git(from, ['rev-parse', 'HEAD'])]);
    const broken = await host.pipe(
      { args: ['rev-parse', 'HEAD'], options: { gitDir: from, ...limits } },
      { args: ['index-pack', '--stdin'], options: { gitDir: to, ...limits } },
    );
    expect(broken.to.exitCode).not.toBe(0);
    await expect(
      host.pipe(
        { ...pack, options: { ...pack.options, outputLimitBytes: 10 } },
        { args: ['index-pack', '--stdin'], options: { gitDir: to, ...limits } },
      ),
    ).rejects.toMatchObject({ code: 'limit-exceeded' });
  });

  it('needs no end of a pipe whose other end has all it wanted', async () => {
    const host = await hostGit();
    const piped = await host.pipe(
      { args: ['-c', 'alias.linger=!echo text; sleep 1', 'linger'], options: limits },
      { args: ['-c', 'alias.take=!read text; echo "$text"', 'take'], options: limits },
    );
    expect(piped).toMatchObject({
      from: { exitCode: 0 },
      to: { exitCode: 0, stdout: Buffer.from('text\n') },
    });
  });

  it('runs no hook and reads no configuration of a user (NW-04)', async () => {
    const clone = await makeRepo();
    const gitDir = join(clone, '.git');
    const home = tempDir();
    writeFileSync(join(home, '.gitconfig'), '[user]\n\tname = Poisoned\n');
    writeFileSync(join(gitDir, 'hooks/reference-transaction'), `#!/bin/sh\ntouch ${clone}/ran\n`, {
      mode: 0o755,
    });
    const host = await hostGit({ HOME: home });
    await host.run(['update-ref', 'refs/heads/x', 'HEAD'], { gitDir, ...limits });
    expect(existsSync(join(clone, 'ran'))).toBe(false);
    expect((await host.run(['config', 'user.name'], { gitDir, ...limits })).exitCode).toBe(1);
    const network = await host.run(['config', 'user.name'], { gitDir, ...limits, profile: 'network' });
    expect(network.stdout.toString()).toBe('Poisoned\n');
  });

  it('uses no protocol that is not allowed (NW-01)', async () => {
    const host = await hostGit();
    const remote = await makeRepo();
    for (const profile of ['local', 'network'] as const) {
      const answer = await host.run(['ls-remote', 'ext::sh -c id'], { ...limits, profile });
      expect(answer).toMatchObject({
        exitCode: 128,
        stderr: containing("transport 'ext' not allowed"),
      });
    }
    expect((await host.run(['ls-remote', remote], limits)).exitCode).toBe(128);
    expect((await host.run(['ls-remote', remote], { ...limits, profile: 'network' })).exitCode).toBe(0);
    await expect(
      createHostGit({
        path: '/usr/bin/git',
        environment: {},
        log: quietLog,
        allowedProtocols: ['ext'],
        ...(await confinedGit()),
      }),
    ).rejects.toMatchObject({ code: 'invalid-params' });
  });

  testIf(process.getuid?.() === 0, 'only root may mount')(
    'a mount of the host that goes away while git is confined costs nothing',
    async () => {
      const host = await hostGit();
      const folders = Array.from({ length: 4 }, () => tempDir());
      // Ends between two rounds when the folder's `stop` is there: a killed one could mount once more.
      const script =
        'until [ -e "$0/stop" ]; do mkdir "$0/m" && mount -t tmpfs none "$0/m" && umount "$0/m" && rmdir "$0/m" || exit; done';
      const churn = folders.map((folder) => spawn('sh', ['-c', script, folder], { stdio: 'ignore' }));
      const ended = Promise.all(churn.map((child) => once(child, 'exit')));
      try {
        for (let round = 0; round < 25; round += 1)
          await Promise.all(
            folders.map(async () => {
              const answer = await host.run(['version'], { ...limits, profile: 'network' });
              expect(answer).toMatchObject({ exitCode: 0, stderr: '' });
            }),
          );
      } finally {
        for (const folder of folders) writeFileSync(join(folder, 'stop'), '');
        await ended;
        for (const folder of folders) spawnSync('umount', [join(folder, 'm')], { stdio: 'ignore' });
      }
    },
    120_000,
  );

  it('is found in PATH, and is refused when it is no git', async () => {
    expect(await findGit('git', 'relative:/nowhere:/usr/bin')).toBe('/usr/bin/git');
    await expect(findGit('git', '/nowhere')).rejects.toMatchObject({ code: 'storage-failed' });
    await expect(findGit('./git', '/usr/bin')).rejects.toMatchObject({ code: 'storage-failed' });
    for (const path of ['/bin/true', '/nowhere/git']) {
      await expect(
        createHostGit({ path, environment: {}, log: quietLog, ...(await confinedGit()) }),
      ).rejects.toMatchObject({
        code: 'storage-failed',
      });
    }
  });
});

function countRunning(commandLine: string): number {
  return readdirSync('/proc')
    .filter((name) => /^[0-9]+$/.test(name))
    .filter((pid) => commandOf(pid) === commandLine).length;
}

/** A killed process may stay as a zombie, without a command line, until init looks after it. */
function commandOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
  } catch {
    return '';
  }
}

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 20));
}
