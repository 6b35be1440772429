/** `remote.run`: a `git fetch`, `pull`, `push` or `ls-remote` as the shim was called. */
import { GitisoError } from '../../shared/errors';
import type { AgentRegistry } from '../agents/agent-registry';
import { createContainer } from '../commit/container';
import { fatal } from '../commit/outcome';
import type { Handler } from '../dispatch/handler';
import type { RefUpdates } from '../git/ref-updates';
import { findRemote, type RemoteCall } from '../remote/remote-call';
import { runFetch } from '../remote/run-fetch';
import { runLsRemote } from '../remote/run-ls-remote';
import { runPull } from '../remote/run-pull';
import { runPush } from '../remote/run-push';
import type { RepoContext } from '../repos/repo-context';
import type { ReposService } from '../repos/repos-service';

const commands = new Map([
  ['fetch', runFetch],
  ['pull', runPull],
  ['push', runPush],
  ['ls-remote', runLsRemote],
]);

export function remoteRun(services: {
  readonly agents: Pick<AgentRegistry, 'require'>;
  readonly repoContext: RepoContext;
  readonly reposService: ReposService;
  readonly refs: RefUpdates;
}): Handler<'remote.run'> {
  return async (invocation, { actor, peer, signal }) => {
    if (actor.kind !== 'agent') throw new GitisoError('method-not-found', 'only agents use their remote');
    const agent = services.agents.require(actor.id);
    const record = services.repoContext.registry.require(agent.repo);
    const [name = ''] = invocation.argv;
    const command = commands.get(name);
    if (command === undefined) return fatal(`gitiso: git ${name} does not talk to a remote`).outcome;
    const remote = findRemote(record);
    if (remote === null) {
      return fatal(
        'gitiso: this repository has no remote',
        "an administrator sets one in the user's clone and adds the repository again",
      ).outcome;
    }
    const call: RemoteCall = {
      invocation,
      agent,
      record,
      remote,
      signal,
      context: services.repoContext,
      service: services.reposService,
      refs: services.refs,
      container: createContainer(peer, invocation),
    };
    return command(call);
  };
}
