/**
 * The same repository twice: as a plain clone for real git, and taken apart as an agent's container sees it, for the
 * handler. Made once per scenario by a script of git commands, then copied for every case.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

export const clock = { seconds: 1_700_000_000, zone: '+0530', tz: 'Asia/Kolkata' };
export const person = { name: 'Agent One', email: 'one@agents.example' };

/** The environment of an agent's shell, in both worlds. */
export function agentEnvironment(home: string): Record<string, string> {
  return {
    PATH: process.env['PATH'] ?? '/usr/bin:/bin',
    HOME: home,
    LC_ALL: 'C',
    TZ: clock.tz,
    TERM: 'dumb',
    GIT_CONFIG_NOSYSTEM: '1',
  };
}

/** What the daemon decides in the one world and the environment says in the other. */
export const nativeIdentity: Readonly<Record<string, string>> = {
  GIT_COMMITTER_NAME: person.name,
  GIT_COMMITTER_EMAIL: person.email,
  GIT_COMMITTER_DATE: `${clock.seconds} ${clock.zone}`,
};

export type Run = (...args: readonly string[]) => void;

export interface Scenario {
  /** Ends with the branch main checked out. */
  readonly script: (work: string, git: Run) => void;
}

export interface Twins {
  /** The plain clone. */
  readonly native: string;
  /** Stands for `/`: holds workspace, and gitdir, common, shared, quarantine of /gitiso. */
  readonly managed: string;
  readonly home: string;
}

export function makeHome(root: string): string {
  const home = join(root, 'home');
  mkdirSync(home, { recursive: true });
  writeFileSync(
    join(home, '.gitconfig'),
    `[user]\n\tname = ${person.name}\n\temail = ${person.email}\n[init]\n\tdefaultBranch = main\n[safe]\n\tdirectory = *\n`,
  );
  return home;
}

export function makeTwins(root: string, home: string, scenario: Scenario): Twins {
  const native = join(root, 'native');
  const managed = join(root, 'managed');
  mkdirSync(native, { recursive: true });
  const run = runIn(native, home);
  run('init', '-q');
  scenario.script(native, run);

  const workspace = join(managed, 'workspace');
  mkdirSync(managed);
  cpSync(native, workspace, { recursive: true, preserveTimestamps: true, verbatimSymlinks: true });
  takeApart(managed, workspace);
  // Refreshes the index, whose times are those of the files that were copied.
  runIn(workspace, home)('status');
  run('status');
  return { native, managed, home };
}

export function copyTwins(twins: Twins, to: string): Twins {
  mkdirSync(to, { recursive: true });
  execFileSync('cp', ['-a', twins.native, twins.managed, to]);
  return { native: join(to, 'native'), managed: join(to, 'managed'), home: twins.home };
}

/** git must succeed, with fixed dates. */
export function runIn(directory: string, home: string): Run {
  const env = { ...agentEnvironment(home), ...nativeIdentity, GIT_AUTHOR_DATE: '1600000000 +0200' };
  return (...args) => {
    const result = spawnSync('git', args, { cwd: directory, env, encoding: 'latin1' });
    if (result.status !== 0) throw new Error(`git ${args.join(' ')}: ${result.stderr}${result.stdout}`);
  };
}

function takeApart(managed: string, workspace: string): void {
  const dotGit = join(workspace, '.git');
  const [gitdir, common, shared, quarantine] = ['gitdir', 'common', 'shared', 'quarantine'].map((name) =>
    join(managed, name),
  ) as [string, string, string, string];
  renameSync(dotGit, shared);
  for (const folder of [gitdir, common, quarantine, join(common, 'info'), join(quarantine, 'info')])
    mkdirSync(folder, { recursive: true });
  for (const name of ['HEAD', 'index', 'ORIG_HEAD', 'MERGE_MSG', 'SQUASH_MSG'])
    if (existsSync(join(shared, name)))
      cpSync(join(shared, name), join(gitdir, name), { preserveTimestamps: true });
  for (const name of ['config', 'hooks'])
    if (existsSync(join(shared, name))) renameSync(join(shared, name), join(common, name));
  if (existsSync(join(shared, 'logs'))) {
    mkdirSync(join(gitdir, 'logs'));
    cpSync(join(shared, 'logs', 'HEAD'), join(gitdir, 'logs', 'HEAD'));
    renameSync(join(shared, 'logs'), join(common, 'logs'));
  }
  writeFileSync(join(gitdir, 'commondir'), '../common\n');
  writeFileSync(join(gitdir, 'gitdir'), '../workspace/.git\n');
  symlinkSync('../shared/refs', join(common, 'refs'));
  symlinkSync('../shared/packed-refs', join(common, 'packed-refs'));
  symlinkSync('../quarantine', join(common, 'objects'));
  writeFileSync(join(quarantine, 'info', 'alternates'), '../shared/objects\n');
  writeFileSync(join(shared, 'config'), '[core]\n\tbare = true\n\trepositoryFormatVersion = 0\n');
  writeFileSync(dotGit, 'gitdir: ../gitdir\n');
  moveNewObjects(shared, quarantine);
}

/** What is only staged is the agent's: it lies in the quarantine, not in the repository. */
function moveNewObjects(shared: string, quarantine: string): void {
  const list = (args: readonly string[]): string[] =>
    execFileSync('git', [`--git-dir=${shared}`, ...args], { encoding: 'latin1' })
      .split('\n')
      .filter(Boolean);
  const committed = new Set(list(['rev-list', '--objects', '--all']).map((line) => line.slice(0, 40)));
  const all = list(['cat-file', '--batch-all-objects', '--batch-check=%(objectname)']);
  for (const id of all.filter((object) => !committed.has(object))) {
    const name = join(id.slice(0, 2), id.slice(2));
    mkdirSync(dirname(join(quarantine, name)), { recursive: true });
    renameSync(join(shared, 'objects', name), join(quarantine, name));
  }
}

export function readText(path: string): string | null {
  return existsSync(path) ? readFileSync(path, 'latin1') : null;
}
