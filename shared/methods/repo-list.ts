import { Type } from '@sinclair/typebox';
import { defineMethod } from '../contract';
import { RepoSchema } from '../records';

export const repoList = defineMethod({
  name: 'repo.list',
  summary: 'All repositories',
  caller: 'admin',
  access: 'read',
  params: Type.Object({}, { additionalProperties: false }),
  result: Type.Object({ repos: Type.Array(RepoSchema) }, { additionalProperties: false }),
  errors: [],
});
