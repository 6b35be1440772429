/** What an end-to-end test does with agents: create them, run commands in their containers, look from the host. */
import type { RpcClient } from '../../client/rpc-client';
import type { ParamsOf, ResultOf } from '../../shared/contract';
import type { Methods } from '../../shared/methods';

export interface CommandResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

export type AgentOptions = Partial<ParamsOf<Methods['agent.create']>>;

export async function addRepo(
  client: RpcClient,
  location: string,
  id = 'r',
): Promise<ResultOf<Methods['repo.add']>> {
  return client.call('repo.add', { location, id });
}

export async function createAgent(client: RpcClient, id: string, options: AgentOptions = {}) {
  const { agent } = await client.call('agent.create', { id, repo: 'r', network: 'none', ...options });
  return agent;
}

/** Runs a shell script in an agent's container, as the agent; a login shell would do the same. */
export async function inAgent(client: RpcClient, id: string, script: string): Promise<CommandResult> {
  const output: Record<'stdout' | 'stderr', Buffer[]> = { stdout: [], stderr: [] };
  const { exitCode } = await client.call(
    'agent.exec',
    { id, argv: ['sh', '-c', script] },
    { onOutput: (stream, data) => output[stream].push(data) },
  );
  return {
    exitCode,
    stdout: Buffer.concat(output.stdout).toString('utf8'),
    stderr: Buffer.concat(output.stderr).toString('utf8'),
  };
}

/** The same, for a script that must succeed; returns its standard output without the last newline. */
export async function inAgentOk(client: RpcClient, id: string, script: string): Promise<string> {
  const result = await inAgent(client, id, script);
  if (result.exitCode !== 0)
    throw new Error(
      `in ${id}: ${script}\nended with ${String(result.exitCode)}: ${result.stderr}${result.stdout}`,
    );
  return result.stdout.replace(/\n$/, '');
}
