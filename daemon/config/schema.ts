/**
 * Every key of the configuration: type, bounds, static default and what it means. The published
 * `docs/config.schema.json`, the environment variables and the flags are all derived from this one object.
 */
import { Type, type Static } from '@sinclair/typebox';
import { AgentsSchema, DefaultLimitsSchema, StorageSchema } from './agent-settings';
import {
  absolutePath,
  bytes,
  choice,
  closed,
  count,
  mebibyte,
  milliseconds,
  orNone,
  restart,
} from './setting-types';

export const ConfigSchema = Type.Object(
  {
    stateDirectory: absolutePath('Repositories, agents, audit log', restart),
    runDirectory: absolutePath('Where the admin socket lies', restart),
    socketGroup: Type.Union([Type.String({ minLength: 1, maxLength: 64 }), Type.Null()], {
      description: "Group that may use the admin socket; null: the daemon's own",
      ...restart,
    }),
    drainTimeoutMs: milliseconds(30000, 'How long a stop waits for requests that change something'),
    log: Type.Object(
      {
        format: choice(['human', 'json'], 'Lines for people or one JSON object per line', restart),
        level: choice(['info', 'debug', 'warn', 'error'], 'The least severe messages that are written'),
      },
      closed,
    ),
    docker: Type.Object(
      {
        socket: absolutePath("The engine's Unix socket", restart),
        image: Type.String({
          minLength: 1,
          maxLength: 512,
          default: 'gitiso/base:bookworm',
          description: 'Image of agents that name none',
        }),
        shimDirectory: absolutePath('Directory with the built shim, mounted at /gitiso/bin', restart),
        stopGraceMs: milliseconds(5000, 'Between SIGTERM and SIGKILL for a container'),
        requestTimeoutMs: Type.Integer({
          minimum: 1,
          maximum: 86400000,
          default: 120000,
          description: 'Longest silence of the engine while it works on one call; milliseconds',
          ...restart,
        }),
        createConcurrency: count(8, 'Agents created at once by agent.createMany'),
        readyTimeoutMs: milliseconds(
          20000,
          'How long a new container may take until its first process reports',
        ),
        defaultLimits: DefaultLimitsSchema,
      },
      closed,
    ),
    git: Type.Object(
      {
        path: Type.String({
          minLength: 1,
          maxLength: 4096,
          pattern: '^[^\\x00]+$',
          default: 'git',
          description: "The host's git: a path, or a name looked up in PATH",
          ...restart,
        }),
        confinement: choice(['auto', 'require', 'off'], 'How far git is confined on the host', restart),
        networkTimeoutMs: milliseconds(600000, 'Longest clone, fetch or push'),
        createFetchTimeoutMs: milliseconds(5000, 'Longest wait for the fetch when an agent is created'),
        allowedProtocols: Type.Array(choice(['file', 'ssh', 'https', 'http'], 'A URL scheme'), {
          uniqueItems: true,
          default: ['file', 'ssh', 'https', 'http'],
          description: 'URL schemes of remotes',
          ...restart,
        }),
      },
      closed,
    ),
    agents: AgentsSchema,
    storage: StorageSchema,
    limits: Type.Object(
      {
        frameBytes: bytes(mebibyte, 'Largest JSON message'),
        attachmentBytes: bytes(64 * mebibyte, 'Largest sum of the attachments of one message'),
        attachmentCount: count(16, 'Most attachments of one message'),
        bufferedBytesPerAgent: bytes(128 * mebibyte, "Input of all of an agent's connections held in memory"),
        nesting: Type.Integer({ minimum: 4, maximum: 512, default: 32, description: 'Deepest JSON nesting' }),
        batchLength: count(20, 'Most calls in one batch'),
        pendingRequests: count(32, 'Most unanswered requests of one connection'),
        connectionsPerAgent: count(16, "Most connections to one agent's socket"),
        agentConnections: count(4096, 'Most connections of all agents together'),
        adminConnections: count(128, 'Most connections to the admin socket'),
        agentRequestsPerSecond: count(500, 'Frames of one agent served per second; more are read later'),
        agentConnectsPerSecond: count(300, "Connections to one agent's socket per second; more have to wait"),
        agentChangesPerMinute: count(1200, 'Commits and ref transactions of one agent per minute; more wait'),
        intakes: count(4, 'Packs and large files of agents taken in at once'),
        intakesPerAgent: count(1, 'The same of one agent'),
        remoteStreamsPerAgent: count(4, 'Fetches and pushes of one agent at once'),
        auditedDenialsPerMinute: count(
          60,
          'Denials of one agent in the audit log per minute; of more only their number is',
        ),
        frameTimeoutMs: milliseconds(15000, 'A frame that began must be complete within this time'),
        idleTimeoutMs: milliseconds(600000, 'A connection with nothing under way is closed after this time'),
        requestTimeoutMs: milliseconds(60000, 'How long the daemon waits for an answer of a shim'),
        blobBytes: bytes(60 * mebibyte, 'Largest file in a commit'),
        commitBytes: bytes(512 * mebibyte, 'Largest sum of new files in a commit'),
        commitPaths: count(100000, 'Most paths changed by a commit'),
        acceptedBytesPerAgent: orNone(
          Type.Integer({ minimum: 1, maximum: 1024 ** 5 }),
          null,
          'New objects accepted from one agent, over its whole life; bytes',
        ),
        pathBytes: Type.Integer({
          minimum: 1,
          maximum: 4096,
          default: 4096,
          description: 'Longest path; bytes',
        }),
        pathDepth: Type.Integer({
          minimum: 1,
          maximum: 1024,
          default: 128,
          description: 'Deepest path; components',
        }),
      },
      closed,
    ),
    workers: Type.Object(
      {
        count: Type.Integer({
          minimum: 1,
          maximum: 64,
          default: 2,
          description: 'git worker processes',
          ...restart,
        }),
        idleMs: Type.Integer({
          minimum: 0,
          maximum: 86400000,
          default: 60000,
          description: 'A worker without work ends after this time, 0: never; milliseconds',
          ...restart,
        }),
        recycleAfter: Type.Integer({
          minimum: 1,
          default: 10000,
          description: 'A worker is replaced after so many jobs',
          ...restart,
        }),
        jobTimeoutMs: Type.Integer({
          minimum: 1000,
          maximum: 86400000,
          default: 60000,
          description: 'A worker that needs longer for one job is replaced; milliseconds',
          ...restart,
        }),
        memoryBytes: bytes(1024 * mebibyte, 'A worker that uses more memory is replaced', restart),
      },
      closed,
    ),
    policy: Type.Object(
      {
        protectedBranches: Type.Array(Type.String({ minLength: 1, maxLength: 200 }), {
          maxItems: 64,
          default: ['main', 'master'],
          description: 'Globs of branches no agent may move, for repositories that name none',
        }),
        author: choice(['any', 'agent'], "Whose name a commit's author may be"),
        committer: choice(['agent', 'any'], "Whose name a commit's committer may be"),
        gitlinks: choice(['deny', 'allow'], 'Submodule entries in commits'),
        privateAgents: Type.Boolean({
          default: false,
          description: "Hide agents' branches and objects from each other, for repositories that are added",
        }),
        remotes: Type.Array(Type.String({ minLength: 1, maxLength: 400, pattern: '^[\\x21-\\x7e]+$' }), {
          maxItems: 256,
          default: [],
          description:
            'Globs of URLs that agents may reach beside the registered remote, with the credentials of the host',
        }),
      },
      closed,
    ),
    publish: Type.Object(
      {
        enabled: Type.Boolean({ default: true, description: "Show agents' branches in the user's clone" }),
        delayMs: Type.Integer({
          minimum: 0,
          maximum: 60000,
          default: 100,
          description: 'Commits within this time are published together; milliseconds',
        }),
      },
      closed,
    ),
    identity: Type.Object(
      {
        name: Type.String({
          minLength: 1,
          maxLength: 200,
          pattern: '^[^\\x00-\\x1f\\x7f<>]+$',
          default: '{name}',
          description: 'Author and committer of agents that give none; {id} and {name} are filled in',
        }),
        email: Type.String({
          minLength: 1,
          maxLength: 254,
          pattern: '^[^\\x00-\\x20\\x7f<>]+$',
          default: '{id}@agents.gitiso.invalid',
          description: 'As for name',
        }),
      },
      closed,
    ),
    events: Type.Object(
      { bufferLength: count(1000, 'Events kept for a slow subscriber; older ones are dropped and counted') },
      closed,
    ),
    watch: Type.Object(
      {
        enabled: Type.Boolean({
          default: true,
          description: 'Notice changes of the configuration and of refs',
          ...restart,
        }),
        delayMs: Type.Integer({
          minimum: 0,
          maximum: 60000,
          default: 100,
          description: 'Changes within this time are handled together; milliseconds',
        }),
      },
      closed,
    ),
  },
  closed,
);

type DeepReadonly<T> = T extends object ? { readonly [K in keyof T]: DeepReadonly<T[K]> } : T;

/** The effective configuration: every key has a value. */
export type Config = DeepReadonly<Static<typeof ConfigSchema>>;
