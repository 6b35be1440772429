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
  nativeIdentity,
  readText,
  runIn,
  type Run,
  type Twins,
} from './twin-workspaces';

export interface Case extends ShimCall {
  readonly scenario?: ScenarioName;
  /** Done in both work trees before the commit. `gitdir` and `common` are the private parts. */
  readonly prepare?: (work: string, git: Run, gitdir: string, common: string) => void;
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
  readonly shim: Shim;
  readonly engine: RecordingEngine;
}

/** Where the parts of a repository lie. */
interface World {
  readonly work: string;
  readonly gitdir: string;
  readonly common: string;
  readonly shared: string;
  readonly home: string;
}

export function commitNatively({ native, home }: Twins, one: Case): Seen {
  const gitdir = join(native, '.git');
  const world = { work: native, gitdir, common: gitdir, shared: gitdir, home };
  one.prepare?.(native, runIn(native, home), gitdir, gitdir);
  const before = tipOf(world);
  const author = { GIT_AUTHOR_DATE: `${clock.seconds} ${clock.zone}` };
  const { status, stdout, stderr } = spawnLatin1('git', [...(one.globals ?? []), 'commit', ...one.args], {
    cwd: join(native, one.folder ?? ''),
    env: { ...agentEnvironment(home), ...author, ...one.env, ...nativeIdentity },
    input: Buffer.from(one.stdin ?? '', 'latin1'),
  });
  const printed = {
    exitCode: status ?? 127,
    stdout: stdout.toString('latin1'),
    stderr: stderr.toString('latin1'),
  };
  return look(world, printed, before);
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
  const part = (name: string): string => join(managed, name);
  const world = {
    work: part('workspace'),
    gitdir: part('gitdir'),
    common: part('common'),
    shared: part('shared'),
    home,
  };
  one.prepare?.(world.work, runIn(world.work, home), world.gitdir, world.common);
  const before = tipOf(world);
  const engine = createPlumbingEngine(world.shared, circumstances.refuse);
  const honest = createShim(managed, home, one);
  const shim = circumstances.adjust?.(honest) ?? honest;
  const parts = {
    engine,
    configs: circumstances.configs ?? createConfigCache(),
    now: () => new Date(clock.seconds * 1000),
    isCommitterFree: () => false,
  };
  const outcome = await startCommit(parts, makeAgentRecord(), shim.invocation, shim);
  return { seen: look(world, shim.carryOut(outcome), before), shim, engine };
}

function look(world: World, printed: Printed, before: string): Seen {
  const { work, gitdir, common, shared } = world;
  const tip = tipOf(world);
  const head = readText(join(gitdir, 'HEAD'))?.trim().replace('ref: ', '') ?? '';
  const own = (text: string): string =>
    text.replaceAll(`${gitdir}/`, '.git/').replaceAll(`${shared}/`, '.git/').replaceAll(work, '/work');
  return {
    exitCode: printed.exitCode,
    stdout: own(printed.stdout),
    stderr: own(printed.stderr),
    tip,
    reflogHead: readText(join(gitdir, 'logs', 'HEAD')),
    reflogBranch: readText(join(common, 'logs', head)),
    // Names the staged modes and ids of whatever differs from the commit.
    status: ask(world, 'status', '--porcelain=v2', '-uall'),
    // What a commit that failed leaves there is of no use to anybody.
    editMessage: tip === before ? null : withoutStatus(readText(join(gitdir, 'COMMIT_EDITMSG'))),
    leftovers: readdirSync(gitdir).filter((name) => name.includes('.lock')),
  };
}

function tipOf({ gitdir, shared }: World): string {
  const ref = readText(join(gitdir, 'HEAD'))?.trim().replace('ref: ', '') ?? '';
  const packed = readText(join(shared, 'packed-refs'))
    ?.split('\n')
    .find((line) => line.endsWith(` ${ref}`));
  return readText(join(shared, ref))?.trim() ?? packed?.split(' ')[0] ?? '';
}

function ask({ work, home }: World, ...args: readonly string[]): string {
  return spawnSync('git', args, {
    cwd: work,
    env: { ...agentEnvironment(home), GIT_OPTIONAL_LOCKS: '0' },
    encoding: 'latin1',
  }).stdout;
}

/** git shows people the status below the message; an editor that does nothing has no reader. */
function withoutStatus(text: string | null): string | null {
  return text?.replace(/\n# Please enter the commit message[^]*$/, '') ?? null;
}
