/**
 * An agent's container as far as its network path goes: a shim built for a temporary folder, git's helper in PATH, the
 * daemon's own transport on a real socket, and behind it a real repository with a real remote.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createEntry } from '../../daemon/dispatch/method-entry';
import { remoteConnect as handler } from '../../daemon/methods/remote-connect';
import { agentRemote } from '../../daemon/remote/agent-remote';
import { remotesFile } from '../../daemon/remote/remotes-file';
import type { RepoRecord } from '../../daemon/repos/repo-registry';
import type { AgentId } from '../../shared/ids';
import { remoteConnect } from '../../shared/methods/remote-connect';
import { buildShim } from '../integration/client/shim/shim-world';
import { git, gitEnvironment } from './git';
import { openIntake } from './open-intake';
import { agentOf, type ReposFixture } from './repos-fixture';
import { serveMethods, type Served } from './serve-methods';
import { tempDir } from './temp-dir';

export interface CommandResult {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RemoteWorld {
  readonly root: string;
  /** A repository of the agent's that borrows the shared objects; on branch `agent/a`. */
  readonly workspace: string;
  readonly url: string;
  readonly socket: string;
  readonly env: Readonly<Record<string, string>>;
  readonly served: Served;
  /** git as the agent calls it, in the workspace or in `cwd`. */
  readonly start: (args: readonly string[], options?: { cwd?: string; env?: object }) => ChildProcess;
  readonly run: (...args: readonly string[]) => Promise<CommandResult>;
  readonly runIn: (cwd: string, ...args: readonly string[]) => Promise<CommandResult>;
  /** A commit on the current branch, as the agent. Returns its id. */
  readonly commit: (message: string, files?: Readonly<Record<string, string>>) => Promise<string>;
  readonly close: () => Promise<void>;
}

export interface WorldOptions {
  /** Settings by dotted path, for the transport and the handler. */
  readonly settings?: Readonly<Record<string, unknown>>;
}

export async function makeRemoteWorld(
  fixture: ReposFixture,
  record: RepoRecord,
  options: WorldOptions = {},
): Promise<RemoteWorld> {
  const root = takeRoot();
  const bin = join(root, 'gitiso', 'bin');
  const url = agentRemote(record) ?? '';
  writeFileSync(
    join(root, 'gitiso/etc/remotes'),
    remotesFile([url], fixture.context.config.current().policy.remotes),
  );
  symlinkSync(record.directory, join(root, 'gitiso/shared'));

  const agent = {
    ...agentOf(record.id, 'a'),
    author: { name: 'Agent', email: 'a@example.invalid' },
    committer: { name: 'Agent', email: 'a@example.invalid' },
    generation: '0123456789abcdef',
  };
  fixture.agents.push(agent);
  const served = await serveMethods(
    [
      createEntry(
        remoteConnect,
        handler({ agents: { require: () => agent }, repoContext: fixture.context, intake: openIntake }),
        { checkResults: true },
      ),
    ],
    options.settings,
  );
  const socket = join(root, 'gitiso/run/gitiso.sock');
  const owner = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
  await served.agents.open('a' as AgentId, socket, owner);

  const workspace = join(root, 'work');
  await git(root, ['init', '-q', workspace]);
  writeFileSync(join(workspace, '.git/objects/info/alternates'), `${join(record.directory, 'objects')}\n`);
  await git(workspace, ['remote', 'add', 'origin', url]);
  const env = {
    ...gitEnvironment,
    PATH: `${bin}:${gitEnvironment['PATH'] ?? ''}`,
    HOME: join(root, 'home'),
    GIT_AUTHOR_NAME: 'Agent',
    GIT_AUTHOR_EMAIL: 'a@example.invalid',
    GIT_COMMITTER_NAME: 'Agent',
    GIT_COMMITTER_EMAIL: 'a@example.invalid',
    ASAN_OPTIONS: 'detect_leaks=0',
  };
  const start: RemoteWorld['start'] = (args, more = {}) =>
    spawn('git', args, {
      cwd: more.cwd ?? workspace,
      env: { ...env, ...more.env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  const runIn: RemoteWorld['runIn'] = (cwd, ...args) => finished(start(args, { cwd }));
  return {
    root,
    workspace,
    url,
    socket,
    env,
    served,
    start,
    runIn,
    run: (...args) => runIn(workspace, ...args),
    commit: async (message, files = {}) => {
      for (const [name, content] of Object.entries(files)) writeFileSync(join(workspace, name), content);
      await git(workspace, ['add', '-A'], { env });
      await git(workspace, ['commit', '-q', '--allow-empty', '-m', message], { env });
      return git(workspace, ['rev-parse', 'HEAD']);
    },
    close: async () => {
      await served.close();
      freeRoots.push(root);
    },
  };
}

/** Folders with a shim that was built for them, of worlds that are closed: building one takes longer than most tests. */
const freeRoots: string[] = [];

function takeRoot(): string {
  const free = freeRoots.pop();
  const root = free ?? tempDir();
  for (const name of readdirSync(root)) if (name !== 'gitiso') rmSync(join(root, name), { recursive: true });
  for (const name of ['etc', 'run', 'shared'])
    rmSync(join(root, 'gitiso', name), { recursive: true, force: true });
  for (const name of ['gitiso/bin', 'gitiso/etc', 'gitiso/run', 'home'])
    mkdirSync(join(root, name), { recursive: true });
  if (free === undefined) buildShim(join(root, 'gitiso', 'bin'), root);
  return root;
}

/** What a started git printed and how it ended; null: by a signal. */
export function finished(child: ChildProcess): Promise<CommandResult> {
  let [stdout, stderr] = ['', ''];
  child.stdout?.setEncoding('latin1').on('data', (text: string) => (stdout += text));
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (exitCode) => resolve({ exitCode, stdout, stderr }));
  });
}
