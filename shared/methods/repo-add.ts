import { Type } from '@sinclair/typebox';
import { defineMethod } from '../contract';
import { RepoIdSchema, RepoSchema } from '../records';

/** Progress arrives as `$/progress` notifications: { requestId, stage, percent|null, message }. */
export const repoAdd = defineMethod({
  name: 'repo.add',
  summary: 'Register a repository from a local clone or a URL',
  caller: 'admin',
  access: 'write',
  params: Type.Object(
    {
      location: Type.String({
        minLength: 1,
        maxLength: 4096,
        description: 'Absolute path of a clone, or URL (file, ssh, http, https, scp-like)',
      }),
      id: Type.Optional(RepoIdSchema),
      depth: Type.Optional(
        Type.Integer({ minimum: 1, description: 'Shallow copy of so many commits; URLs only' }),
      ),
      singleBranch: Type.Optional(
        Type.String({ maxLength: 200, description: 'Fetch this branch alone; URLs only' }),
      ),
      publish: Type.Optional(
        Type.Boolean({ description: "Show agents' branches in the user's clone; default true for a path" }),
      ),
      protectedBranches: Type.Optional(
        Type.Array(Type.String({ minLength: 1, maxLength: 200 }), { maxItems: 64 }),
      ),
      privateAgents: Type.Optional(
        Type.Boolean({
          description: "Hide agents' branches and objects from each other; default: policy.privateAgents",
        }),
      ),
      ensure: Type.Optional(
        Type.Boolean({ description: 'Return the existing repository of this location instead of failing' }),
      ),
    },
    { additionalProperties: false },
  ),
  result: RepoSchema,
  errors: [
    'repo-exists',
    'repo-unusable',
    'repo-unreachable',
    'storage-failed',
    'timed-out',
    'revision-not-found',
  ],
});
