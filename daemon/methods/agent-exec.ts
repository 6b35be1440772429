/** agent.exec: runs a command in an agent's container; its output goes to the caller while it runs. */
import { GitisoError } from '../../shared/errors';
import { containerPaths } from '../../shared/paths';
import type { AgentRegistry } from '../agents/agent-registry';
import type { Handler } from '../dispatch/handler';
import type { Runtime } from '../runtime/runtime';

export function agentExec(services: {
  readonly agents: AgentRegistry;
  readonly runtime: Runtime;
}): Handler<'agent.exec'> {
  return async (params, context) => {
    const { status, containerId } = services.agents.require(params.id);
    if (status !== 'ready' || containerId === null) {
      throw new GitisoError('agent-not-ready', `the agent's status is ${status}`);
    }
    const deadline = params.timeoutMs === undefined ? null : AbortSignal.timeout(params.timeoutMs);
    try {
      const exitCode = await services.runtime.exec(containerId, {
        argv: params.argv,
        workdir: params.workdir ?? containerPaths.workspace,
        environment: params.environment ?? {},
        stdin: params.stdin === undefined ? null : Buffer.from(params.stdin, 'base64'),
        onOutput: (stream, data) =>
          context.peer.notify('$/output', {
            requestId: context.rpcId,
            stream,
            data: data.toString('base64'),
          }),
        signal: deadline === null ? context.signal : AbortSignal.any([context.signal, deadline]),
      });
      return { exitCode };
    } catch (cause) {
      if (deadline?.aborted !== true || context.signal.aborted) throw cause;
      throw new GitisoError('timed-out', `the command was ended after ${params.timeoutMs} ms`, { cause });
    }
  };
}
