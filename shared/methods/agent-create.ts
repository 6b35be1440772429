import { Type } from '@sinclair/typebox';
import { defineMethod } from '../contract';
import {
  AgentIdSchema,
  AgentSchema,
  IdentitySchema,
  LimitsSchema,
  NetworkModeSchema,
  ReadOnlyMountSchema,
  RepoIdSchema,
  StorageSizeSchema,
} from '../records';

const closed = { additionalProperties: false } as const;

export const AgentOptionsSchema = Type.Object(
  {
    id: AgentIdSchema,
    repo: RepoIdSchema,
    name: Type.Optional(Type.String({ minLength: 1, maxLength: 200, pattern: '^[^\\x00-\\x1f\\x7f]+$' })),
    base: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 240,
        description: 'Branch, tag or commit; the default branch when left out',
      }),
    ),
    branch: Type.Optional(Type.String({ minLength: 1, maxLength: 200, description: 'Default agent/<id>' })),
    image: Type.Optional(Type.String({ minLength: 1, maxLength: 500 })),
    author: Type.Optional(IdentitySchema),
    committer: Type.Optional(IdentitySchema),
    environment: Type.Optional(
      Type.Record(Type.String({ pattern: '^[A-Za-z_][A-Za-z0-9_]*$' }), Type.String({ maxLength: 32768 }), {
        maxProperties: 200,
        additionalProperties: false,
      }),
    ),
    network: Type.Optional(NetworkModeSchema),
    limits: Type.Optional(LimitsSchema),
    storage: Type.Optional(
      Type.Partial(StorageSizeSchema, {
        description: 'A file system of its own of this size, whatever the configuration says',
      }),
    ),
    mounts: Type.Optional(Type.Array(ReadOnlyMountSchema, { maxItems: 32 })),
    shareAuth: Type.Optional(
      Type.String({
        pattern: '^/',
        maxLength: 4096,
        description: 'SSH directory to mount read-only; the agent can read the keys',
      }),
    ),
    ensure: Type.Optional(
      Type.Boolean({ description: 'Return the existing agent of this id instead of failing' }),
    ),
  },
  closed,
);

export const agentCreate = defineMethod({
  name: 'agent.create',
  summary: 'Create an agent: branch, workspace and container, all or nothing',
  caller: 'admin',
  access: 'write',
  params: AgentOptionsSchema,
  result: Type.Object(
    { agent: AgentSchema, created: Type.Boolean(), warnings: Type.Array(Type.String()) },
    closed,
  ),
  errors: [
    'agent-exists',
    'agent-create-failed',
    'branch-taken',
    'repo-not-found',
    'revision-not-found',
    'image-not-found',
    'runtime-unavailable',
    'runtime-failed',
    'storage-failed',
    'policy-denied',
    'timed-out',
  ],
});

export const agentCreateMany = defineMethod({
  name: 'agent.createMany',
  summary: 'Create agents concurrently; each succeeds or fails by itself',
  caller: 'admin',
  access: 'write',
  params: Type.Object({ agents: Type.Array(AgentOptionsSchema, { minItems: 1, maxItems: 256 }) }, closed),
  result: Type.Object(
    {
      results: Type.Array(
        Type.Object(
          {
            id: Type.String(),
            agent: Type.Union([AgentSchema, Type.Null()]),
            created: Type.Boolean(),
            error: Type.Union([
              Type.Object({ reason: Type.String(), message: Type.String(), hint: Type.String() }, closed),
              Type.Null(),
            ]),
          },
          closed,
        ),
      ),
    },
    closed,
  ),
  errors: [],
});
