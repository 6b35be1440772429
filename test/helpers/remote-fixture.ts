/**
 * An agent that uses its remote: the handler of `remote.run` with a real repository, and a shim whose "container" is a
 * linked worktree on this machine. Refs are moved by git instead of the commit engine.
 */
import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { spawnSync } from 'node:child_process';
import type { CallContext, Peer } from '../../daemon/dispatch/handler';
import type { RefUpdates } from '../../daemon/git/ref-updates';
import { remoteRun } from '../../daemon/methods/remote-run';
import type { RepoRecord } from '../../daemon/repos/repo-registry';
import type { AgentId, Oid } from '../../shared/ids';
import { zeroOid } from '../../shared/ids';
import type { Outcome } from '../../shared/invocation';
import { git, gitEnvironment, tryGit } from './git';
import { agentOf, quietLog, type ReposFixture } from './repos-fixture';
import { tempDir } from './temp-dir';

export interface RemoteFixture {
  readonly workspace: string;
  /** Runs one command as the shim would; output that was sent live comes before the rest. */
  readonly run: (...argv: readonly string[]) => Promise<{ exitCode: number; stdout: string; stderr: string }>;
  /** A commit on the agent's branch, without the daemon. */
  readonly commit: (message: string) => Promise<string>;
}

export async function makeRemoteFixture(fixture: ReposFixture, record: RepoRecord): Promise<RemoteFixture> {
  const { context, service } = fixture;
  const agent = { ...agentOf(record.id, 'a'), committer: { name: 'Agent', email: 'a@example.invalid' } };
  fixture.agents.push(agent);
  const workspace = join(tempDir(), 'workspace');
  await git(record.directory, ['worktree', 'add', '-q', '-b', 'agent/a', workspace]);
  await git(record.directory, ['config', 'branch.agent/a.merge', 'refs/heads/agent/a']);
  const gitdir = await git(workspace, ['rev-parse', '--absolute-git-dir']);
  const handler = remoteRun({
    agents: { require: () => agent },
    repoContext: context,
    reposService: service,
    refs: gitRefUpdates(record.directory),
  });
  const local = (path: string) =>
    path.replace('/gitiso/gitdir', gitdir).replace('/gitiso/common', record.directory);

  const run: RemoteFixture['run'] = async (...argv) => {
    const shown = { 1: '', 2: '' };
    const invocation = {
      key: '0'.repeat(32),
      globals: [],
      argv: [...argv],
      prefix: '',
      env: {},
      tty: [false, false, false],
      columns: 80,
      timezone: '+0000',
      head: readFileSync(join(gitdir, 'HEAD'), 'utf8').trim(),
      parent: null,
      state: [],
      hooks: [],
      configStamp: '',
      prefetched: false,
    };
    const result = await handler(invocation, callContext(workspace, shown));
    apply(result, local);
    return { exitCode: result.exitCode, stdout: shown[1] + result.stdout, stderr: shown[2] + result.stderr };
  };
  const commit = async (message: string) => {
    await git(workspace, ['commit', '-q', '--allow-empty', '-m', message]);
    return git(workspace, ['rev-parse', 'HEAD']);
  };
  return { workspace, run, commit };
}

function callContext(workspace: string, shown: { 1: string; 2: string }): CallContext {
  const peer: Peer = {
    request: (_method, params) => {
      const { args } = params as { args: string[] };
      const { status, stdout, stderr } = spawnSync('git', args, {
        cwd: workspace,
        env: { ...gitEnvironment },
      });
      return Promise.resolve({
        result: { exitCode: status ?? 1, signal: 0, truncated: false },
        attachments: [stdout, stderr],
      });
    },
    notify: (_method, params) => {
      const { fd, text } = params as { fd: 1 | 2; text: string };
      shown[fd] += text;
      return Promise.resolve();
    },
    closed: new AbortController().signal,
    hold: () => () => undefined,
  };
  return {
    actor: { kind: 'agent', id: 'a' as AgentId },
    requestId: 'test',
    rpcId: 1,
    signal: new AbortController().signal,
    log: quietLog,
    peer,
    attachments: [],
  };
}

/** What the shim does with the files of an outcome. */
function apply(outcome: Outcome, local: (path: string) => string): void {
  for (const { path, text } of outcome.append) {
    mkdirSync(dirname(local(path)), { recursive: true });
    appendFileSync(local(path), text, 'latin1');
  }
  for (const { path, text } of outcome.write) writeFileSync(local(path), text, 'latin1');
}

function gitRefUpdates(directory: string): RefUpdates {
  const read: RefUpdates['read'] = async (_repo, ref) => {
    const { exitCode, stdout } = await tryGit(directory, ['rev-parse', '--verify', '-q', ref]);
    return exitCode === 0 ? (stdout.trim() as Oid) : null;
  };
  return {
    read,
    apply: async (repo, updates) => {
      for (const { ref, old, new: value } of updates) {
        const args = value === zeroOid ? ['-d', ref, old] : [ref, value, old];
        const { exitCode } = await tryGit(directory, ['update-ref', ...args]);
        if (exitCode !== 0) return { kind: 'changed', ref, current: (await read(repo, ref)) ?? zeroOid };
      }
      return { kind: 'updated' };
    },
  };
}
