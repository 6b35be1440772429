/** Runs one `git commit` command line by real git in a plain clone and through the handler, and gives both results. */
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { createConfigCache, type ConfigCache } from '../../../../daemon/commit/config-cache';
import { startCommit } from '../../../../daemon/commit/start-commit';
import type { CommitRequest, CommitResult } from '../../../../daemon/git/commit-engine';
import { makeAgentRecord } from './agent-record';
import { createPlumbingEngine, type RecordingEngine } from './plumbing-engine';
import type { ScenarioName } from './scenarios';
import { createShim, spawnLatin1, type Printed, type Shim, type ShimCall } from './scripted-shim';
import {
  agentEnvironment,
  clock,
  nativeDates,
  readText,
  runIn,
  shareRefs,
  type Run,
  type Twins,
} from './twin-workspaces';

export interface Case extends ShimCall {
  readonly scenario?: ScenarioName;
  /** Done in both work trees before the commit. */
  readonly prepare?: (work: string, git: Run, gitdir: string) => void;
}

/** Everything of a commit that a user could look at. */
export interface Seen extends Printed {
  readonly tip: string;
  readonly reflogHead: string | null;
  readonly reflogBranch: string | null;
  readonly status: string;
  readonly editMessage: string | null;
  readonly leftovers: readonly string[];
}

export interface Managed {
  readonly seen: Seen;
  /** Arguments of the git that was left to carry it out; null: the daemon did. */
  readonly exec: readonly string[] | null;
  readonly shim: Shim;
  readonly engine: RecordingEngine;
}

export function commitNatively({ native, home }: Twins, one: Case): Seen {
  prepare(native, home, one);
  const before = tipOf(native);
  const { status, stdout, stderr } = spawnLatin1('git', [...(one.globals ?? []), 'commit', ...one.args], {
    cwd: join(native, one.folder ?? ''),
    env: { ...agentEnvironment(home), ...nativeDates, ...one.env },
    input: Buffer.from(one.stdin ?? '', 'latin1'),
  });
  const printed = {
    exitCode: status ?? 127,
    stdout: stdout.toString('latin1'),
    stderr: stderr.toString('latin1'),
  };
  return look(native, home, printed, before);
}

export interface Circumstances {
  /** May answer in the engine's place. */
  readonly refuse?: (request: CommitRequest) => CommitResult | null;
  readonly configs?: ConfigCache;
  /** Changes what the shim sends. */
  readonly adjust?: (shim: Shim) => Shim;
}

export async function commitManaged(
  { managed, home }: Twins,
  one: Case,
  circumstances: Circumstances = {},
): Promise<Managed> {
  const work = join(managed, 'workspace');
  prepare(work, home, one);
  shareRefs(managed);
  const before = tipOf(work);
  const engine = createPlumbingEngine(join(managed, 'shared'), circumstances.refuse);
  const honest = createShim(managed, home, one);
  const shim = circumstances.adjust?.(honest) ?? honest;
  const parts = {
    engine,
    configs: circumstances.configs ?? createConfigCache(),
    now: () => new Date(clock.seconds * 1000),
  };
  const outcome = await startCommit(parts, makeAgentRecord(), shim.invocation, shim);
  return { seen: look(work, home, shim.carryOut(outcome), before), exec: outcome.exec, shim, engine };
}

function prepare(work: string, home: string, one: Case): void {
  one.prepare?.(work, runIn(work, home), join(work, '.git'));
}

function look(work: string, home: string, printed: Printed, before: string): Seen {
  const gitdir = join(work, '.git');
  const tip = tipOf(work);
  const own = (text: string): string => text.replaceAll(work, '/work');
  return {
    exitCode: printed.exitCode,
    stdout: own(printed.stdout),
    stderr: own(printed.stderr),
    tip,
    reflogHead: readText(join(gitdir, 'logs', 'HEAD')),
    reflogBranch: readText(join(gitdir, 'logs', headOf(work))),
    // Names the staged modes and ids of whatever differs from the commit.
    status: ask(work, home, 'status', '--porcelain=v2', '-uall'),
    // What a commit that failed leaves there is of no use to anybody.
    editMessage: tip === before ? null : readText(join(gitdir, 'COMMIT_EDITMSG')),
    leftovers: readdirSync(gitdir).filter((name) => name.includes('.lock')),
  };
}

/** A ref, or the commit of a detached HEAD. */
function headOf(work: string): string {
  return (
    readText(join(work, '.git', 'HEAD'))
      ?.trim()
      .replace('ref: ', '') ?? ''
  );
}

function tipOf(work: string): string {
  const gitdir = join(work, '.git');
  const head = headOf(work);
  if (!head.startsWith('refs/')) return head;
  const packed = readText(join(gitdir, 'packed-refs'))
    ?.split('\n')
    .find((line) => line.endsWith(` ${head}`));
  return readText(join(gitdir, head))?.trim() ?? packed?.split(' ')[0] ?? '';
}

function ask(work: string, home: string, ...args: readonly string[]): string {
  return spawnSync('git', args, {
    cwd: work,
    env: { ...agentEnvironment(home), GIT_OPTIONAL_LOCKS: '0' },
    encoding: 'latin1',
  }).stdout;
}
