/**
 * The side that is judged: each scenario has a repository and an agent of its own, in a real container. Committers are
 * free there, because times and with them the ids of commits must be the same on both sides.
 */
import { cpSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RpcClient } from '../../../client/rpc-client';
import { startDaemon } from '../../helpers/daemon';
import { git, fsckStrict } from '../../helpers/git';
import { tempDir } from '../../helpers/temp-dir';
import { agentBranch, identity, recordingCommand, sideEnvironment, type Side } from './side';

export async function startManagedSide(fixture: string): Promise<Side> {
  const daemon = await startDaemon({ config: { policy: { committer: 'any', gitlinks: 'allow' } } });
  const folder = tempDir();
  let client = await daemon.connect();
  let count = 0;
  const open: Side['open'] = async () => {
    const id = `s${++count}`;
    const remote = join(folder, id, 'origin');
    mkdirSync(join(folder, id));
    cpSync(fixture, remote, { recursive: true });
    await client.call('repo.add', { location: `file://${remote}`, id });
    const named = { author: identity, committer: identity, branch: agentBranch };
    await client.call('agent.create', {
      ...{ id, repo: id, network: 'none', environment: sideEnvironment },
      ...named,
    });
    const repository = join(daemon.stateDirectory, 'repos', `${id}.git`);
    return {
      remote,
      remoteUrl: readRemoteUrl(join(daemon.stateDirectory, 'agents', id, 'gitdir', 'config')),
      run: (script) => execute(client, id, recordingCommand(script)),
      restart: async () => {
        await client.call('agent.stop', { id });
        await daemon.stop();
        await daemon.start();
        client = await daemon.connect();
        await client.call('agent.start', { id });
      },
      hostRefs: async () => {
        await fsckStrict(repository);
        return git(repository, ['for-each-ref', 'refs/heads', 'refs/tags']);
      },
    };
  };
  return { open };
}

function readRemoteUrl(config: string): string {
  const [, url = ''] = /^\turl = (.*)$/m.exec(readFileSync(config, 'utf8')) ?? [];
  return url;
}

async function execute(client: RpcClient, id: string, argv: readonly string[]): Promise<Buffer> {
  const chunks: Record<'stdout' | 'stderr', Buffer[]> = { stdout: [], stderr: [] };
  const onOutput = (stream: 'stdout' | 'stderr', data: Buffer) => chunks[stream].push(data);
  const { exitCode } = await client.call('agent.exec', { id, argv: [...argv] }, { onOutput });
  if (exitCode !== 0) throw new Error(`in the workspace: ${Buffer.concat(chunks.stderr).toString()}`);
  return Buffer.concat(chunks.stdout);
}
