/**
 * The same repository twice: as a plain clone for real git, and taken apart as an agent's container sees it, for the
 * handler. Made once per scenario by a script of git commands, then copied for every case.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
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

/** What the shim and the clock tell the daemon, and the environment tells git. */
export const nativeDates: Readonly<Record<string, string>> = {
  GIT_AUTHOR_DATE: `${clock.seconds} ${clock.zone}`,
  GIT_COMMITTER_DATE: `${clock.seconds} ${clock.zone}`,
};

export type Run = (...args: readonly string[]) => void;

export interface Scenario {
  /** Begins on the branch main, which has no commit yet. */
  readonly script: (work: string, git: Run) => void;
}

export interface Twins {
  /** The plain clone. */
  readonly native: string;
  /** Stands for `/`: holds workspace, and shared of /gitiso. */
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
  const env = { ...agentEnvironment(home), ...nativeDates, GIT_AUTHOR_DATE: '1600000000 +0200' };
  return (...args) => {
    const result = spawnSync('git', args, { cwd: directory, env, encoding: 'latin1' });
    if (result.status !== 0) throw new Error(`git ${args.join(' ')}: ${result.stderr}${result.stdout}`);
  };
}

function takeApart(managed: string, workspace: string): void {
  const gitdir = join(workspace, '.git');
  const shared = join(managed, 'shared');
  mkdirSync(shared);
  for (const name of ['objects', 'refs', 'packed-refs'])
    if (existsSync(join(gitdir, name))) renameSync(join(gitdir, name), join(shared, name));
  writeFileSync(join(shared, 'HEAD'), 'ref: refs/heads/main\n');
  writeFileSync(join(shared, 'config'), '[core]\n\tbare = true\n\trepositoryFormatVersion = 0\n');
  for (const kind of ['heads', 'tags']) {
    mkdirSync(join(gitdir, 'refs', kind), { recursive: true });
    for (const name of readdirSync(join(shared, 'refs', kind))) linkRef(managed, kind, name);
  }
  if (existsSync(join(shared, 'packed-refs')))
    cpSync(join(shared, 'packed-refs'), join(gitdir, 'packed-refs'));
  const quarantine = join(gitdir, 'objects');
  mkdirSync(join(quarantine, 'info'), { recursive: true });
  writeFileSync(join(quarantine, 'info', 'alternates'), '../../../shared/objects\n');
  moveNewObjects(shared, quarantine);
}

/** Carries refs that git wrote in the workspace to the repository, as the daemon would have. */
export function shareRefs(managed: string): void {
  for (const kind of ['heads', 'tags']) {
    const folder = join(managed, 'workspace', '.git', 'refs', kind);
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      if (!entry.isFile()) continue;
      renameSync(join(folder, entry.name), join(managed, 'shared', 'refs', kind, entry.name));
      linkRef(managed, kind, entry.name);
    }
  }
}

function linkRef(managed: string, kind: string, name: string): void {
  const link = join(managed, 'workspace', '.git', 'refs', kind, name);
  symlinkSync(`../../../../shared/refs/${kind}/${name}`, link);
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
