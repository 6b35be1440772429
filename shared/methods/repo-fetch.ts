import { Type } from '@sinclair/typebox';
import { defineMethod } from '../contract';
import { OidSchema, RepoIdSchema } from '../records';

export const repoFetch = defineMethod({
  name: 'repo.fetch',
  summary: 'Bring a repository up to date with its source and remote',
  caller: 'admin',
  access: 'write',
  params: Type.Object({ id: RepoIdSchema }, { additionalProperties: false }),
  result: Type.Object(
    {
      updated: Type.Array(
        Type.Object({ ref: Type.String(), old: OidSchema, new: OidSchema }, { additionalProperties: false }),
      ),
    },
    { additionalProperties: false },
  ),
  errors: ['repo-not-found', 'repo-unreachable', 'storage-failed', 'timed-out'],
});
