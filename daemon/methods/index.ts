/** All method handlers. A method of the contract without a handler does not compile. */
import { createConfigCache } from '../commit/config-cache';
import type { Handlers } from '../dispatch/handler';
import type { Services } from '../services';
import { agentTransactions } from '../transaction/agent-transactions';
import { agentCreate } from './agent-create';
import { agentCreateMany } from './agent-create-many';
import { agentExec } from './agent-exec';
import { agentList } from './agent-list';
import { agentLogs } from './agent-logs';
import { agentReady } from './agent-ready';
import { agentRemove } from './agent-remove';
import { agentRestore } from './agent-restore';
import { agentShow } from './agent-show';
import { agentStart } from './agent-start';
import { agentStats } from './agent-stats';
import { agentStop } from './agent-stop';
import { auditTail } from './audit-tail';
import { auditVerify } from './audit-verify';
import { branchChange } from './branch-change';
import { commitCreateHandler } from './commit-create';
import { commitLog } from './commit-log';
import { daemonDoctor } from './daemon-doctor';
import { daemonShutdown } from './daemon-shutdown';
import { daemonStatus } from './daemon-status';
import { eventHandlers } from './events-subscribe';
import { initialize } from './initialize';
import { remoteConnect } from './remote-connect';
import { repoAdd } from './repo-add';
import { repoFetch } from './repo-fetch';
import { repoList } from './repo-list';
import { repoRemove } from './repo-remove';
import { repoShow } from './repo-show';
import { rpcDiscover } from './rpc-discover';
import { transactionPropose } from './transaction-propose';

export function createHandlers(services: Services): Handlers {
  const events = eventHandlers(services);
  const configs = createConfigCache();
  const transactions = agentTransactions(services);
  return {
    initialize: initialize(services),
    'rpc.discover': rpcDiscover(services),
    'daemon.status': daemonStatus(services),
    'daemon.doctor': daemonDoctor(services),
    'daemon.shutdown': daemonShutdown(services),
    'events.subscribe': events.subscribe,
    'events.unsubscribe': events.unsubscribe,
    'repo.add': repoAdd(services),
    'repo.list': repoList(services),
    'repo.show': repoShow(services),
    'repo.fetch': repoFetch(services),
    'repo.remove': repoRemove(services),
    'agent.create': agentCreate(services),
    'agent.createMany': agentCreateMany(services),
    'agent.list': agentList(services),
    'agent.show': agentShow(services),
    'agent.start': agentStart(services),
    'agent.stop': agentStop(services),
    'agent.remove': agentRemove(services),
    'agent.restore': agentRestore(services),
    'agent.exec': agentExec(services),
    'agent.logs': agentLogs(services),
    'agent.stats': agentStats(services),
    'agent.ready': agentReady(services),
    'branch.change': branchChange(services, transactions, configs),
    'commit.create': commitCreateHandler(services, configs),
    'commit.log': commitLog(services),
    'transaction.propose': transactionPropose(services, transactions),
    'remote.connect': remoteConnect(services),
    'audit.tail': auditTail(services),
    'audit.verify': auditVerify(services),
  } satisfies Handlers;
}
