/** Serves given methods on real sockets, with the daemon's own transport and dispatch and nothing else of it. */
import { Writable } from 'node:stream';
import { join } from 'node:path';
import { openConfigSource } from '../../daemon/config/config-source';
import { nest } from '../../daemon/config/nested';
import { createDispatcher } from '../../daemon/dispatch/dispatcher';
import { createErrorResponses } from '../../daemon/dispatch/error-response';
import type { Actor } from '../../daemon/dispatch/handler';
import type { MethodEntry } from '../../daemon/dispatch/method-entry';
import { createLifecycle, type DrainableLifecycle } from '../../daemon/lifecycle';
import { createLogger } from '../../daemon/log';
import { openAdminSocket } from '../../daemon/transport/admin-socket';
import { createAgentSockets, type AgentSockets } from '../../daemon/transport/agent-socket';
import { createRequestIds } from '../../daemon/transport/serving';
import { writeFileSync } from 'node:fs';
import { tempDir } from './temp-dir';

export interface Served {
  readonly directory: string;
  readonly adminPath: string;
  readonly agents: AgentSockets;
  readonly lifecycle: DrainableLifecycle;
  /** Lines of the log, parsed. */
  readonly logged: readonly Record<string, unknown>[];
  readonly foreignCalls: readonly string[];
  readonly connections: () => number;
  readonly close: () => Promise<void>;
}

/** `settings` by dotted path, e.g. `{ 'limits.nesting': 8 }`. */
export async function serveMethods(
  entries: readonly MethodEntry[],
  settings: Readonly<Record<string, unknown>> = {},
): Promise<Served> {
  const directory = tempDir();
  const file = join(directory, 'config.json');
  writeFileSync(file, JSON.stringify(nest(new Map(Object.entries(settings)))));
  const config = await openConfigSource({
    file,
    flags: new Map(),
    surroundings: {
      uid: 1000,
      home: directory,
      environment: {},
      buildDirectory: '/nowhere',
      groupExists: () => false,
      pathExists: () => false,
    },
  });
  const logged: Record<string, unknown>[] = [];
  const stream = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      logged.push(JSON.parse(chunk.toString()) as Record<string, unknown>);
      done();
    },
  });
  const log = createLogger({ format: 'json', level: 'debug', stream, now: () => new Date() });
  const lifecycle = createLifecycle(new Date());
  const errorResponses = createErrorResponses([directory]);
  const serving = { config, errorResponses, nextRequestId: createRequestIds(new Date()), log };
  const foreignCalls: string[] = [];
  const dispatcherFor = (kind: Actor['kind']) =>
    createDispatcher({
      kind,
      entries,
      errorResponses,
      lifecycle,
      noteCall: () => undefined,
      noteForeignCall: (_actor, method) => foreignCalls.push(method),
    });
  const agentDispatcher = dispatcherFor('agent');
  const agents = createAgentSockets(serving, () => agentDispatcher);
  const adminPath = join(directory, 'run', 'gitisod.sock');
  const admin = await openAdminSocket(serving, dispatcherFor('admin'), {
    path: adminPath,
    uid: 0,
    gid: null,
  });
  return {
    directory,
    adminPath,
    agents,
    lifecycle,
    logged,
    foreignCalls,
    connections: () => admin.connections() + agents.connections(),
    close: async () => {
      await agents.closeAll();
      await admin.close();
    },
  };
}
