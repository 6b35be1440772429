/**
 * Where git clients are put to work: a real daemon, a repository with a remote, and agents in containers of the
 * image with clients. `/programs` in there is `test/e2e/clients/programs`.
 */
import { join } from 'node:path';
import { addRepo, createAgent, inAgent, inAgentOk, type CommandResult } from '../../helpers/agents';
import { startDaemon } from '../../helpers/daemon';
import { clientsImage } from '../../helpers/docker-socket';
import { git, tryGit } from '../../helpers/git';
import { makeRemote, makeRepo, writeFiles } from '../../helpers/repo';

/** The agent's environment, apart from what gitiso sets. */
export const clientEnvironment = { TZ: 'UTC', LC_ALL: 'C.UTF-8', TERM: 'dumb' } as const;

export interface Workbench {
  /** Runs a shell script in a workspace, as the agent `a` or another; it may fail. */
  readonly run: (script: string, agent?: string) => Promise<CommandResult>;
  /** The same for a script that must succeed; returns its standard output without the last newline. */
  readonly ok: (script: string, agent?: string) => Promise<string>;
  /** Runs git in the daemon's repository, on the host; returns its standard output without the last newline. */
  readonly inHostRepository: (...argv: readonly string[]) => Promise<string>;
  /** The commit that the daemon has for a branch, or null. */
  readonly hostBranch: (branch: string) => Promise<string | null>;
  /** Host path of the bare repository that is the remote. */
  readonly remote: string;
  /** Checks that all of the daemon's repository is well. */
  readonly check: () => Promise<void>;
}

export interface WorkbenchOptions {
  /** Ids of the agents; default `a` alone. Each has the branch `agent/<id>`. */
  readonly agents?: readonly string[];
  /** The daemon's policy. */
  readonly policy?: Readonly<Record<string, string>>;
  /** Host folders to mount read-only, by where. */
  readonly mounts?: Readonly<Record<string, string>>;
}

/** `main` with two commits (`initial`, `change a`), the tag v1.0, and `feature` with one commit more than `initial`. */
export async function openWorkbench(options: WorkbenchOptions = {}): Promise<Workbench> {
  const { agents = ['a'], policy = {}, mounts = {} } = options;
  const remote = await makeClientsRemote();
  const daemon = await startDaemon({ config: { policy } });
  const client = await daemon.connect();
  await addRepo(client, `file://${remote}`);
  const repository = join(daemon.stateDirectory, 'repos', 'r.git');
  const folders = { ...mounts, '/programs': join(__dirname, 'programs') };
  for (const id of agents) {
    await createAgent(client, id, {
      image: clientsImage,
      environment: clientEnvironment,
      mounts: Object.entries(folders).map(([target, source]) => ({ source, target })),
    });
  }
  return {
    run: (script, agent = 'a') => inAgent(client, agent, script),
    ok: (script, agent = 'a') => inAgentOk(client, agent, script),
    inHostRepository: (...argv) => git(repository, argv),
    hostBranch: async (branch) => {
      const { exitCode, stdout } = await tryGit(repository, [
        'rev-parse',
        '-q',
        '--verify',
        `refs/heads/${branch}`,
      ]);
      return exitCode === 0 ? stdout.trim() : null;
    },
    remote,
    check: async () => {
      await git(repository, ['fsck', '--strict', '--no-dangling']);
      await client.call('audit.verify', {});
    },
  };
}

/** A new bare repository with that content. */
export async function makeClientsRemote(): Promise<string> {
  const work = await makeRepo({ commits: 0 });
  const commit = async (message: string, files: Readonly<Record<string, string>>) => {
    writeFiles(work, files);
    await git(work, ['add', '--all']);
    await git(work, ['commit', '--quiet', '-m', message]);
  };
  await commit('initial', { a: 'one\ntwo\nthree\n', b: 'b\n', 'dir/c': 'c\n' });
  await git(work, ['tag', '-a', '-m', 'version 1.0', 'v1.0']);
  await git(work, ['checkout', '--quiet', '-b', 'feature']);
  await commit('feature', { f: 'new\n' });
  await git(work, ['checkout', '--quiet', 'main']);
  await commit('change a', { a: 'one\ntwo, changed\nthree\n' });
  return makeRemote(work);
}
