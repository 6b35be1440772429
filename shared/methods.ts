/** THE list of methods, one line each. A method that is missing here does not exist. */
import { agentCreate, agentCreateMany } from './methods/agent-create';
import { agentExec } from './methods/agent-exec';
import { agentList } from './methods/agent-list';
import { agentLogs } from './methods/agent-logs';
import { agentReady } from './methods/agent-ready';
import { agentRemove } from './methods/agent-remove';
import { agentRestore } from './methods/agent-restore';
import { agentShow } from './methods/agent-show';
import { agentStart } from './methods/agent-start';
import { agentStats } from './methods/agent-stats';
import { agentStop } from './methods/agent-stop';
import { auditTail } from './methods/audit-tail';
import { auditVerify } from './methods/audit-verify';
import { branchChange } from './methods/branch-change';
import { commitCreate } from './methods/commit-create';
import { commitLog } from './methods/commit-log';
import { daemonDoctor } from './methods/daemon-doctor';
import { daemonShutdown } from './methods/daemon-shutdown';
import { daemonStatus } from './methods/daemon-status';
import { eventsSubscribe, eventsUnsubscribe } from './methods/events-subscribe';
import { initialize } from './methods/initialize';
import { remoteConnect } from './methods/remote-connect';
import { repoAdd } from './methods/repo-add';
import { repoFetch } from './methods/repo-fetch';
import { repoList } from './methods/repo-list';
import { repoRemove } from './methods/repo-remove';
import { repoShow } from './methods/repo-show';
import { rpcDiscover } from './methods/rpc-discover';
import { transactionPropose } from './methods/transaction-propose';

export const methods = {
  initialize,
  'rpc.discover': rpcDiscover,
  'daemon.status': daemonStatus,
  'daemon.doctor': daemonDoctor,
  'daemon.shutdown': daemonShutdown,
  'events.subscribe': eventsSubscribe,
  'events.unsubscribe': eventsUnsubscribe,
  'repo.add': repoAdd,
  'repo.list': repoList,
  'repo.show': repoShow,
  'repo.fetch': repoFetch,
  'repo.remove': repoRemove,
  'agent.create': agentCreate,
  'agent.createMany': agentCreateMany,
  'agent.list': agentList,
  'agent.show': agentShow,
  'agent.start': agentStart,
  'agent.stop': agentStop,
  'agent.remove': agentRemove,
  'agent.restore': agentRestore,
  'agent.exec': agentExec,
  'agent.logs': agentLogs,
  'agent.stats': agentStats,
  'agent.ready': agentReady,
  'branch.change': branchChange,
  'commit.create': commitCreate,
  'commit.log': commitLog,
  'transaction.propose': transactionPropose,
  'remote.connect': remoteConnect,
  'audit.tail': auditTail,
  'audit.verify': auditVerify,
} as const;

export type Methods = typeof methods;
export type MethodName = keyof Methods;
