import { Type } from '@sinclair/typebox';
import { defineMethod } from '../contract';
import { OidSchema, RepoIdSchema, RepoSchema } from '../records';

export const repoShow = defineMethod({
  name: 'repo.show',
  summary: 'One repository with its branches and size',
  caller: 'admin',
  access: 'read',
  params: Type.Object({ id: RepoIdSchema }, { additionalProperties: false }),
  result: Type.Object(
    {
      repo: RepoSchema,
      branches: Type.Array(
        Type.Object(
          { ref: Type.String(), commit: OidSchema, agent: Type.Union([Type.String(), Type.Null()]) },
          { additionalProperties: false },
        ),
      ),
      diskBytes: Type.Integer(),
      agents: Type.Array(Type.String()),
    },
    { additionalProperties: false },
  ),
  errors: ['repo-not-found'],
});
