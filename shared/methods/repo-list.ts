import { Type } from '@sinclair/typebox';
import { defineMethod } from '../contract';
import { DamagedSchema, RepoSchema } from '../records';

export const repoList = defineMethod({
  name: 'repo.list',
  summary: 'All repositories',
  caller: 'admin',
  access: 'read',
  params: Type.Object({}, { additionalProperties: false }),
  result: Type.Object(
    {
      repos: Type.Array(RepoSchema),
      damaged: Type.Optional(
        Type.Array(DamagedSchema, {
          description: 'Repositories that can not be used; nothing of them is deleted',
        }),
      ),
    },
    { additionalProperties: false },
  ),
  errors: [],
});
