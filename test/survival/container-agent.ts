/**
 * Agents in real containers, made by the daemon. Their commands are started by the engine, past the daemon: as an agent's
 * own they outlive it.
 */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { containerName } from '../../daemon/runtime/container-options';
import { createDockerRuntime } from '../../daemon/runtime/docker';
import type { Runtime } from '../../daemon/runtime/runtime';
import { containerPaths } from '../../shared/paths';
import type { Ran } from './run';
import type { WorkingAgent } from './working-agent';
import type { World } from './world';

const commandDeadlineMs = 300_000;

export interface ContainerAgents {
  readonly runtime: Runtime;
  readonly make: (id: string) => Promise<WorkingAgent>;
  /** The engine's name of an agent's container. */
  readonly nameOf: (id: string) => string;
  /** Gives up commands that the engine has not ended with their container. */
  readonly end: () => void;
}

/** The daemon of the world runs. */
export function createContainerAgents(world: World, engine: string): ContainerAgents {
  const { state, daemon } = world;
  const stateHash = createHash('sha256').update(state).digest('hex').slice(0, 16);
  const runtime = createDockerRuntime({ socketPath: engine, stateHash, timeoutMs: 60_000 });
  const nameOf = (id: string): string => containerName(id, stateHash);
  const ending = new AbortController();

  const run = async (id: string, argv: readonly string[], input = ''): Promise<Ran> => {
    const output = { stdout: '', stderr: '' };
    try {
      const code = await runtime.exec(nameOf(id), {
        argv: ['git', ...argv],
        workdir: containerPaths.workspace,
        environment: {},
        stdin: Buffer.from(input),
        onOutput: (stream, data) => {
          output[stream] += data.toString('utf8');
          return Promise.resolve();
        },
        signal: AbortSignal.any([ending.signal, AbortSignal.timeout(commandDeadlineMs)]),
      });
      return { code, ...output };
    } catch (error) {
      return { code: null, ...output, stderr: `${output.stderr}${String(error)}` };
    }
  };

  return {
    runtime,
    nameOf,
    end: () => ending.abort(),
    make: async (id) => {
      const { agent } = await daemon.client().call('agent.create', { id, repo: 'r', network: 'none' });
      return {
        id,
        ref: `refs/heads/${agent.branch}`,
        workspace: join(state, 'agents', id, 'workspace'),
        git: (argv, input) => run(id, argv, input),
        look: async (argv) => {
          const { code, stdout, stderr } = await run(id, argv);
          if (code !== 0) throw new Error(`in ${id}: git ${argv.join(' ')}: ${String(code)}: ${stderr}`);
          return stdout.replace(/\n$/, '');
        },
      };
    },
  };
}
