/** `remote.connect`: git's helper in a container asks for a remote; the connection becomes git's own protocol with it. */
import { GitisoError } from '../../shared/errors';
import type { AgentRegistry } from '../agents/agent-registry';
import type { Handler } from '../dispatch/handler';
import { auditedArguments } from '../git/create-commit-engine';
import { createFairTurns } from '../intake/fair-turns';
import type { Intake } from '../intake/intake';
import { findTarget } from '../remote/find-target';
import { createMirrors } from '../remote/mirrors';
import { createPushedRefs } from '../remote/pushed-refs';
import type { RemoteCall } from '../remote/remote-call';
import { serveReceivePack } from '../remote/serve-receive-pack';
import { serveUploadPack } from '../remote/serve-upload-pack';
import type { RepoContext } from '../repos/repo-context';
import type { RepoRecord } from '../repos/repo-registry';

export function remoteConnect(services: {
  readonly agents: Pick<AgentRegistry, 'require'>;
  readonly repoContext: RepoContext;
  readonly intake: Intake;
}): Handler<'remote.connect'> {
  const { repoContext: context, intake } = services;
  const streams = createFairTurns(() => {
    const { agentConnections, connectionsPerAgent, remoteStreamsPerAgent } = context.config.current().limits;
    return { total: agentConnections, perAgent: remoteStreamsPerAgent, waitingPerAgent: connectionsPerAgent };
  });
  const mirrors = createMirrors(context);
  const pushed = createPushedRefs(context.layout.mirrors);

  return async (params, { actor, peer, signal, startStream }) => {
    if (actor.kind !== 'agent') throw new GitisoError('method-not-found', 'only agents use their remote');
    await intake.pace(actor.id, signal);
    const agent = services.agents.require(actor.id);
    const record = context.registry.require(agent.repo);
    const { git, limits, policy } = context.config.current();
    const target = findTarget(record, params.url, {
      remotes: policy.remotes,
      allowedProtocols: git.allowedProtocols,
    });
    if (target === null) throw await deny(context, agent.id, record, params);
    const call: RemoteCall = {
      agent,
      record,
      target,
      context,
      mirrors,
      signal,
      intake,
      version: params.version,
      progress: params.progress,
      silenceSeconds: Math.ceil(limits.idleTimeoutMs / 1000),
      print: (text) =>
        peer.notify('shim.output', { fd: 2, text: Buffer.from(text, 'utf8').toString('latin1') }),
    };
    const start = () => startStream({ connected: true });
    const connected = await streams.run(agent.id, signal, () =>
      params.service === 'git-upload-pack'
        ? serveUploadPack(call, start)
        : serveReceivePack(call, pushed, start),
    );
    return { connected };
  };
}

async function deny(
  context: RepoContext,
  agent: string,
  record: RepoRecord,
  { service, url }: { readonly service: string; readonly url: string },
): Promise<GitisoError> {
  const rule = 'remote';
  const reason = 'policy does not allow this remote';
  await context.audit.append({
    agent,
    repo: record.id,
    method: 'remote.connect',
    argv: auditedArguments([service, url]),
    refs: [],
    verdict: 'denied',
    rule,
    journal: null,
  });
  context.events.publish({ topic: 'denials', agent, repo: record.id, data: { url, rule, reason } });
  return new GitisoError('policy-denied', `${reason}: ${JSON.stringify(url.slice(0, 200))} (${rule})`, {
    hint: 'an administrator allows further remotes in policy.remotes',
  });
}
