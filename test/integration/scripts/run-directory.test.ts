import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const root = join(__dirname, '../../..');

/** The shell code runs in a run of its own, below this test's temporary folder. */
function startRun(code: string): ChildProcess {
  const prelude =
    'set -euo pipefail; source scripts/lib/say.sh; source scripts/lib/run-directory.sh; begin_run';
  const { GITISO_TEST_RUN: _run, ...env } = process.env;
  return spawn('bash', ['-c', `${prelude}; ${code}`], { cwd: root, env, stdio: ['ignore', 'pipe', 'pipe'] });
}

async function firstLine(child: ChildProcess): Promise<string> {
  const [data] = (await once(child.stdout ?? child, 'data')) as [Buffer];
  return data.toString('utf8').trim();
}

function runFolders(): readonly string[] {
  return readdirSync(tmpdir()).filter((name) => name.startsWith('gitiso-run-'));
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

async function until(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await sleep(20);
}

test.each(['SIGTERM', 'SIGINT', 'SIGKILL'] as const)(
  'a run that is ended by %s leaves neither processes nor files',
  async (signal) => {
    const run = startRun('setsid sleep 600 & touch "$TMPDIR/file"; echo $!; attend sleep 600');
    const pid = Number(await firstLine(run));
    expect(isRunning(pid)).toBe(true);
    expect(runFolders()).toHaveLength(1);
    run.kill(signal);
    await once(run, 'exit');
    await until(() => runFolders().length === 0 && !isRunning(pid));
  },
);

test('what is left of a run whose cleaners were killed too is removed by the next run', async () => {
  const run = startRun(
    'until kill -KILL -- "-$reaper"; do :; done; echo "$GITISO_TEST_RUN"; attend sleep 600',
  );
  await firstLine(run);
  run.kill('SIGKILL');
  await once(run, 'exit');
  expect(runFolders()).toHaveLength(1);
  const [exitCode] = (await once(startRun('true'), 'exit')) as [number];
  expect(exitCode).toBe(0);
  await until(() => runFolders().length === 0);
});

test('the leak check names processes and files, and is content when there are none', async () => {
  const run = startRun(
    'sleep 601 & touch "$TMPDIR/forgotten"; scripts/leak-check && exit 3; kill %1; exit 4',
  );
  const output = await firstLine(run);
  expect(output).toContain('sleep 601');
  const [exitCode] = (await once(run, 'exit')) as [number];
  expect(exitCode).toBe(4);

  const clean = startRun('scripts/leak-check');
  const [cleanExitCode] = (await once(clean, 'exit')) as [number];
  expect(cleanExitCode).toBe(0);
});

test('set-up only tells what is missing when it is asked to', () => {
  const { stdout } = spawnSync(join(root, 'scripts/setup'), ['--check'], {
    cwd: root,
    env: { ...process.env, XDG_CACHE_HOME: join(tmpdir(), 'empty') },
    encoding: 'utf8',
  });
  expect(stdout).toContain('the image gitiso/base:bookworm');
  expect(readdirSync(tmpdir())).not.toContain('empty');
});
