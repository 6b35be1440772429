/**
 * Two sides of one story: a plain clone of a plain remote, and a clone in an agent's container whose remote only the
 * daemon can reach. The same lines of shell run on both; whatever git says and leaves must be the same.
 */
import { spawn } from 'node:child_process';
import { cpSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { git } from '../../../helpers/git';
import { finished, makeRemoteWorld, type RemoteWorld } from '../../../helpers/remote-world';
import { makeRemote, makeRepo } from '../../../helpers/repo';
import { makeReposFixture, type ReposFixture } from '../../../helpers/repos-fixture';
import { tempDir } from '../../../helpers/temp-dir';

export interface Twins {
  readonly world: RemoteWorld;
  readonly fixture: ReposFixture;
  /** Runs the lines on both sides, from new clones. Lines that begin with `@ ` run in the bare remotes. */
  readonly tell: (lines: readonly string[]) => Promise<{ readonly plain: Side; readonly agent: Side }>;
  readonly close: () => Promise<void>;
}

/** What one side looks like: each step with all that was said, and refs, reflogs and status at the end. */
export interface Side {
  readonly steps: readonly string[];
  readonly left: string;
}

export async function makeTwins(): Promise<Twins> {
  const template = await makeTemplate();
  const remote = join(tempDir(), 'remote.git');
  cpSync(template, remote, { recursive: true });
  const fixture = await makeReposFixture();
  const record = await fixture.add(`file://${remote}`);
  const world = await makeRemoteWorld(fixture, record);
  const folder = tempDir();
  const plainPath = (world.env['PATH'] ?? '').replace(/^[^:]*:/, '');
  let told = 0;

  async function tellSide(kind: 'plain' | 'agent', lines: readonly string[]): Promise<Side> {
    const bare = kind === 'agent' ? remote : join(folder, `remote-${String(told)}`);
    rmSync(bare, { recursive: true, force: true });
    cpSync(template, bare, { recursive: true });
    const url = kind === 'agent' ? world.url : `file://${bare}`;
    const work = join(folder, `${kind}-${String(told)}`);
    mkdirSync(work);
    const env = {
      ...world.env,
      ...(kind === 'agent' ? {} : { PATH: plainPath }),
      URL: url,
      BARE: bare,
    };
    const shown = (text: string) =>
      text.replaceAll(url, 'URL').replaceAll(bare, 'BARE').replaceAll(work, 'WORK');
    const run = async (line: string): Promise<string> => {
      const isRemote = line.startsWith('@ ');
      const child = spawn('sh', ['-c', isRemote ? line.slice(2) : line], {
        cwd: isRemote ? bare : work,
        env,
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      const { exitCode, stdout, stderr } = await finished(child);
      return shown(`${line}\n[${String(exitCode)}]\n${stdout}\n${stderr}`);
    };
    const steps: string[] = [await run('git clone -q "$URL" . && git config commit.gpgSign false')];
    for (const line of lines) steps.push(await run(line));
    const left = [
      await run('git for-each-ref; git symbolic-ref -q HEAD; git status --porcelain=v2 --branch'),
      await run('cat .git/FETCH_HEAD 2>&1; git reflog --format=%gs; git log --format=%s --all'),
      await run('git -C "$BARE" for-each-ref; git fsck --strict 2>&1 | grep -v dangling'),
    ];
    return { steps, left: left.join('\n') };
  }

  return {
    world,
    fixture,
    tell: async (lines) => {
      told += 1;
      const plain = await tellSide('plain', lines);
      const agent = await tellSide('agent', lines);
      return { plain, agent };
    },
    close: world.close,
  };
}

/** `main`, a second branch, an annotated and a light tag, and a hook that prints what it is told to. */
async function makeTemplate(): Promise<string> {
  const seed = await makeRepo({ commits: 3 });
  await git(seed, ['branch', 'topic', 'HEAD~1']);
  await git(seed, ['tag', '-a', '-m', 'one', 'v1', 'HEAD~2']);
  await git(seed, ['tag', 'light', 'HEAD~1']);
  const template = await makeRemote(seed);
  await git(template, ['config', 'receive.advertisePushOptions', 'true']);
  await git(template, ['config', 'uploadpack.allowFilter', 'true']);
  return template;
}
