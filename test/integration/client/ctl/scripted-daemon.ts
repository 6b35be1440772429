/** A daemon whose methods answer what a test says, on a real socket with the daemon's own transport and schemas. */
import { createEntry, type MethodEntry } from '../../../../daemon/dispatch/method-entry';
import type { Handler, Handlers } from '../../../../daemon/dispatch/handler';
import type { MethodDefinition } from '../../../../shared/contract';
import { methods, type MethodName } from '../../../../shared/methods';
import type { Agent, Repo } from '../../../../shared/records';
import { serveMethods, type Served } from '../../../helpers/serve-methods';

export interface ScriptedDaemon {
  readonly socket: string;
  /** What was called, in order, with parameters that satisfied the schemas. */
  readonly calls: readonly { readonly method: string; readonly params: unknown }[];
  readonly served: Served;
}

/** Parameters and results are checked against the contract, so a script can not drift from it. */
export async function scriptDaemon(script: Partial<Handlers>): Promise<ScriptedDaemon> {
  const calls: { method: string; params: unknown }[] = [];
  const entries = (Object.keys(script) as MethodName[]).map((name): MethodEntry => {
    const handler = script[name] as Handler<MethodName>;
    return createEntry(
      methods[name] as MethodDefinition,
      async (params, context) => {
        calls.push({ method: name, params });
        return handler(params as never, context);
      },
      { checkResults: true },
    );
  });
  const served = await serveMethods(entries);
  return { socket: served.adminPath, calls, served };
}

export function sampleAgent(more: Partial<Agent> = {}): Agent {
  return {
    id: 'w1',
    name: 'w1',
    repo: 'demo',
    branch: 'agent/w1',
    base: {
      ref: 'main',
      commit: '0123456789abcdef0123456789abcdef01234567',
      committedAt: '2024-12-30T00:00:00Z',
      behind: 4,
      fetched: true,
    },
    status: 'ready',
    containerId: 'c0ffee',
    hostDirectory: '/var/lib/gitiso/agents/w1/workspace',
    image: 'gitiso/base:bookworm',
    owner: { uid: 1000, gid: 1000 },
    author: { name: 'W', email: 'w@example.org' },
    committer: { name: 'W', email: 'w@example.org' },
    network: 'none',
    limits: {},
    storage: null,
    environment: {},
    mounts: [],
    shareAuth: null,
    createdAt: '2024-12-31T00:00:00Z',
    lastActivity: '2024-12-31T23:00:00Z',
    commits: 2,
    ...more,
  };
}

export function sampleRepo(more: Partial<Repo> = {}): Repo {
  return {
    id: 'demo',
    source: { kind: 'path', location: '/home/me/demo' },
    remote: null,
    defaultBranch: 'main',
    publish: true,
    protectedBranches: ['main'],
    privateAgents: false,
    depth: null,
    directory: '/var/lib/gitiso/repos/demo.git',
    createdAt: '2024-12-31T00:00:00Z',
    fetchedAt: null,
    ...more,
  };
}
