/** The records that methods return and the daemon keeps: one schema each, the TypeScript type derived from it. */
import { Type, type Static } from '@sinclair/typebox';
import { idPattern, oidPattern } from './ids';

const closed = { additionalProperties: false } as const;

export const AgentIdSchema = Type.String({ pattern: idPattern, description: 'Agent id' });
export const RepoIdSchema = Type.String({ pattern: idPattern, description: 'Repository id' });
export const OidSchema = Type.String({ pattern: oidPattern, description: 'Full SHA-1 object id' });
export const TimeSchema = Type.String({ description: 'UTC time, ISO 8601', maxLength: 40 });
/** A person or program in a commit. No control characters, no angle brackets (git would drop them). */
export const IdentitySchema = Type.Object(
  {
    name: Type.String({ minLength: 1, maxLength: 200, pattern: '^[^\\x00-\\x1f\\x7f<>]+$' }),
    email: Type.String({ maxLength: 254, pattern: '^[^\\x00-\\x20\\x7f<>]*$' }),
  },
  closed,
);
export type Identity = Static<typeof IdentitySchema>;

export const NetworkModeSchema = Type.Union([Type.Literal('none'), Type.Literal('bridge')], {
  description: "none: no network in the container; bridge: the engine's default network",
});

export const ReadOnlyMountSchema = Type.Object(
  {
    source: Type.String({ minLength: 1, maxLength: 4096, pattern: '^/', description: 'Absolute host path' }),
    target: Type.String({
      minLength: 2,
      maxLength: 4096,
      pattern: '^/',
      description: 'Absolute container path',
    }),
  },
  closed,
);

export const LimitsSchema = Type.Object(
  {
    memoryBytes: Type.Optional(Type.Integer({ minimum: 16 * 1024 * 1024, description: 'Bytes' })),
    cpus: Type.Optional(
      Type.Number({ exclusiveMinimum: 0, maximum: 1024, description: 'CPU cores, fractions allowed' }),
    ),
    pids: Type.Optional(Type.Integer({ minimum: 16, maximum: 4194304, description: 'Processes' })),
    openFiles: Type.Optional(
      Type.Integer({ minimum: 64, maximum: 1048576, description: 'Open files of one process' }),
    ),
    sharedMemoryBytes: Type.Optional(
      Type.Integer({ minimum: 1024 * 1024, description: 'Bytes in /dev/shm' }),
    ),
    layerBytes: Type.Optional(
      Type.Integer({
        minimum: 16 * 1024 * 1024,
        description: 'Bytes written outside of the mounts; not every storage driver of the engine can',
      }),
    ),
  },
  closed,
);

/** What an agent can write on the host at most. */
export const StorageSizeSchema = Type.Object(
  {
    bytes: Type.Integer({
      minimum: 32 * 1024 * 1024,
      maximum: 1024 ** 5,
      description: 'Size of the file system; bytes',
    }),
    inodes: Type.Integer({ minimum: 1024, maximum: 4_000_000_000, description: 'Files and folders' }),
  },
  closed,
);

export const AgentStatusSchema = Type.Union([
  Type.Literal('creating'),
  Type.Literal('ready'),
  Type.Literal('stopped'),
  Type.Literal('removed'),
  Type.Literal('error'),
]);

/** What an operator sees of an agent, and what `agent.json` keeps (with the fields only the daemon needs). */
export const AgentSchema = Type.Object(
  {
    id: AgentIdSchema,
    name: Type.String({ maxLength: 200, description: 'A name for people; the id when none was given' }),
    repo: RepoIdSchema,
    branch: Type.String({ description: 'The short name of the branch the agent owns' }),
    base: Type.Object(
      {
        ref: Type.String({ description: 'As asked for: branch, tag or commit' }),
        commit: OidSchema,
        committedAt: Type.Optional(
          Type.String({ maxLength: 40, description: 'Commit date of the base, UTC, ISO 8601' }),
        ),
        behind: Type.Union([Type.Integer({ minimum: 0 }), Type.Null()], {
          description: 'Commits the base is behind its upstream at creation; null when it has no upstream',
        }),
        fetched: Type.Boolean({ description: 'Whether the fetch at creation finished in time' }),
      },
      closed,
    ),
    status: AgentStatusSchema,
    error: Type.Optional(Type.String({ description: 'Why the status is error' })),
    containerId: Type.Union([Type.String(), Type.Null()]),
    hostDirectory: Type.String({ description: 'The work tree on the host' }),
    image: Type.String(),
    owner: Type.Object({ uid: Type.Integer(), gid: Type.Integer() }, closed),
    author: IdentitySchema,
    committer: IdentitySchema,
    network: NetworkModeSchema,
    limits: LimitsSchema,
    storage: Type.Union([StorageSizeSchema, Type.Null()], {
      description:
        "The agent's own file system; null: its files lie in the state directory's, without a bound",
    }),
    environment: Type.Record(Type.String(), Type.String()),
    mounts: Type.Array(ReadOnlyMountSchema),
    shareAuth: Type.Union([Type.String(), Type.Null()], {
      description: 'SSH directory mounted read-only, or null',
    }),
    createdAt: TimeSchema,
    lastActivity: TimeSchema,
    commits: Type.Integer({ minimum: 0, description: 'Commits accepted from this agent' }),
  },
  closed,
);
export type Agent = Static<typeof AgentSchema>;

export const RepoSchema = Type.Object(
  {
    id: RepoIdSchema,
    source: Type.Object(
      {
        kind: Type.Union([Type.Literal('path'), Type.Literal('url')]),
        location: Type.String({
          description: "Absolute path of the user's clone, or URL without credentials",
        }),
      },
      closed,
    ),
    remote: Type.Union([Type.String(), Type.Null()], {
      description: 'Where push and fetch go (no credentials), or null',
    }),
    defaultBranch: Type.String(),
    publish: Type.Boolean({ description: "Whether agents' branches appear in the user's clone" }),
    protectedBranches: Type.Array(Type.String(), { description: 'Globs of branches no agent may move' }),
    privateAgents: Type.Boolean({
      description: "Whether agents see neither each other's branches nor objects",
    }),
    depth: Type.Union([Type.Integer({ minimum: 1 }), Type.Null()]),
    directory: Type.String({ description: "The daemon's bare repository on the host" }),
    createdAt: TimeSchema,
    fetchedAt: Type.Union([TimeSchema, Type.Null()]),
  },
  closed,
);
export type Repo = Static<typeof RepoSchema>;

/** What the daemon knows to be there and can not use. Nothing of it is deleted. */
export const DamagedSchema = Type.Object(
  {
    id: Type.String(),
    error: Type.String({ description: 'What is damaged' }),
  },
  closed,
);
export type Damaged = Static<typeof DamagedSchema>;

export const AuditRecordSchema = Type.Object(
  {
    seq: Type.Integer({ minimum: 1 }),
    time: TimeSchema,
    agent: Type.Union([Type.String(), Type.Null()], { description: 'null: an administrator' }),
    repo: Type.Union([Type.String(), Type.Null()]),
    method: Type.String(),
    argv: Type.Array(Type.String(), { description: 'Bytes as U+0000–U+00FF' }),
    refs: Type.Array(Type.Object({ ref: Type.String(), old: OidSchema, new: OidSchema }, closed)),
    verdict: Type.Union([Type.Literal('accepted'), Type.Literal('denied'), Type.Literal('failed')]),
    rule: Type.Union([Type.String(), Type.Null()]),
    journal: Type.Union([Type.Integer(), Type.Null()], {
      description: 'Sequence number of the intent record it settles',
    }),
    prev: Type.String({
      pattern: '^[0-9a-f]{64}$',
      description: 'SHA-256 of the previous line without its newline',
    }),
  },
  closed,
);
export type AuditRecord = Static<typeof AuditRecordSchema>;

export const EventSchema = Type.Object(
  {
    topic: Type.Union([
      Type.Literal('agents'),
      Type.Literal('commits'),
      Type.Literal('refs'),
      Type.Literal('denials'),
    ]),
    time: TimeSchema,
    agent: Type.Union([Type.String(), Type.Null()]),
    repo: Type.Union([Type.String(), Type.Null()]),
    data: Type.Record(Type.String(), Type.Unknown()),
  },
  closed,
);
export type GitisoEvent = Static<typeof EventSchema>;
