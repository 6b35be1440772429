/**
 * The daemon's part for agents on a real engine: real sockets, repositories, refs, workers and containers, without
 * the daemon's main program around it, so that a test can take it apart and look inside.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { createAgentLife, type AgentLife } from '../../../../daemon/agents/agent-life';
import { createAgentRegistry, type AgentRegistry } from '../../../../daemon/agents/agent-registry';
import { loadAgentRecords } from '../../../../daemon/agents/load-agents';
import type { AgentOptions } from '../../../../daemon/agents/plan-agent';
import { openAuditLog } from '../../../../daemon/audit/audit-log';
import type { Config } from '../../../../daemon/config/schema';
import { createEntry } from '../../../../daemon/dispatch/method-entry';
import { createRefUpdates } from '../../../../daemon/git/create-ref-updates';
import { createRefQueue } from '../../../../daemon/git/ref-queue';
import type { RefUpdates } from '../../../../daemon/git/ref-updates';
import { createWorkerPool } from '../../../../daemon/git/worker-pool';
import { openJournal } from '../../../../daemon/journal/journal';
import { agentReady } from '../../../../daemon/methods/agent-ready';
import { createDockerRuntime } from '../../../../daemon/runtime/docker';
import type { Runtime } from '../../../../daemon/runtime/runtime';
import { methods } from '../../../../shared/methods';
import { confinedWorkers } from '../../../helpers/confined';
import { baseImage, dockerSocket } from '../../../helpers/docker-socket';
import { makeReposFixture, quietLog, type ReposFixture } from '../../../helpers/repos-fixture';
import { serveMethods } from '../../../helpers/serve-methods';

const build = join(__dirname, '../../../../build');

export interface AgentStage {
  readonly state: string;
  readonly fixture: ReposFixture;
  readonly life: AgentLife;
  readonly registry: AgentRegistry;
  readonly refs: RefUpdates;
  readonly runtime: Runtime;
  /** Creates an agent in the repository `r`. */
  readonly create: (id: string, more?: Partial<AgentOptions>) => ReturnType<AgentLife['create']>;
  /** Runs a command in an agent's container; the real git, not the shim, when it names it by its path. */
  readonly sh: (id: string, script: string) => Promise<string>;
  /** As a killed daemon: sockets are gone, containers run on. */
  readonly end: () => Promise<void>;
  /** Removes what the engine still has of this stage. */
  readonly removeContainers: () => Promise<void>;
}

export interface StageOptions {
  readonly state: string;
  readonly engineSocket?: string;
  readonly runtime?: (real: Runtime) => Runtime;
}

export async function openStage(options: StageOptions): Promise<AgentStage> {
  const { state } = options;
  for (const name of ['journal', 'audit']) mkdirSync(join(state, name), { recursive: true });
  const fixture = await makeReposFixture({ state });
  const { layout, events, registry: repos } = fixture.context;
  const now = () => new Date();
  const journal = await openJournal({ directory: layout.journal, segmentBytes: 256 * 1024 });
  const audit = await openAuditLog({ directory: layout.audit, segmentBytes: 64 * 1024, now });
  const workers = createWorkerPool({
    ...(await confinedWorkers()),
    count: 1,
    idleMs: 0,
    recycleAfter: 1_000_000,
    deadlineMs: 20_000,
    log: quietLog,
  });
  const refs = createRefUpdates({
    journal,
    audit,
    workers,
    events,
    log: quietLog,
    queue: createRefQueue(),
    now,
    repoGit: layout.storeGit,
  });
  const socketPath = options.engineSocket ?? dockerSocket();
  const real = createDockerRuntime({
    socketPath,
    stateHash: createHash('sha256').update(state).digest('hex').slice(0, 16),
    timeoutMs: 60_000,
  });
  const runtime = options.runtime?.(real) ?? real;
  const loaded = await loadAgentRecords(layout, quietLog);
  const registry = createAgentRegistry({ layout, log: quietLog, ...loaded, flushMs: 1000 });
  const holder: { life?: AgentLife } = {};
  const ready = createEntry(
    methods['agent.ready'],
    (report, context) => {
      if (holder.life === undefined) throw new Error('too early');
      return agentReady({ agentLife: holder.life })(report, context);
    },
    { checkResults: true },
  );
  const served = await serveMethods([ready]);
  const agents = createAgentLife({
    layout,
    registry,
    repos,
    reposService: fixture.service,
    runtime,
    refs,
    git: fixture.git,
    events,
    config: { current: () => stageConfig(socketPath) },
    openAgentSocket: served.agents.open,
    checkpoint: () => Promise.resolve(),
    log: quietLog,
    now,
  });
  holder.life = agents;
  await agents.begin();
  return {
    state,
    fixture,
    life: agents,
    registry,
    refs,
    runtime,
    create: (id, more = {}) => agents.create({ id, repo: 'r', ...more }, new AbortController().signal),
    sh: (id, script) => run(runtime, registry, id, script),
    end: async () => {
      await agents.end();
      await served.close();
      await workers.stop();
      await journal.close();
      await audit.close();
    },
    removeContainers: async () => {
      for (const container of await real.list()) await real.remove(container.id);
    },
  };
}

function stageConfig(socket: string): Config {
  const shimDirectory = join(build, 'client/shim');
  if (!existsSync(join(shimDirectory, 'gitiso-init'))) throw new Error('the shim is not built');
  return {
    docker: {
      ...{ socket, image: baseImage, shimDirectory, stopGraceMs: 5000, readyTimeoutMs: 20_000 },
      defaultLimits: { memoryBytes: null, cpus: null, pids: 512, logBytes: 1 << 20 },
    },
    agents: { storage: 'folder' },
    storage: { bytesPerAgent: 1 << 26, inodesPerAgent: 4096, overcommit: false, minFreeBytes: 0 },
    git: { createFetchTimeoutMs: 5000 },
    identity: { name: '{name}', email: '{id}@agents.gitiso.invalid' },
    limits: { attachmentBytes: 4 << 20, blobBytes: 5 << 20, commitBytes: 60 << 20, pathDepth: 128 },
    policy: { remotes: [] },
  } as unknown as Config;
}

async function run(runtime: Runtime, registry: AgentRegistry, id: string, script: string): Promise<string> {
  const chunks: Buffer[] = [];
  const exitCode = await runtime.exec(registry.require(id).containerId ?? '', {
    argv: ['sh', '-c', script],
    workdir: '/workspace',
    environment: {},
    stdin: null,
    onOutput: async (_stream, data) => {
      chunks.push(data);
    },
    signal: new AbortController().signal,
  });
  const output = Buffer.concat(chunks).toString();
  if (exitCode !== 0) throw new Error(`${script}\nended with ${String(exitCode)}: ${output}`);
  return output.replace(/\n$/, '');
}
