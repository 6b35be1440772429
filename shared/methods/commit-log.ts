import { Type } from '@sinclair/typebox';
import { defineMethod } from '../contract';
import { OidSchema, RepoIdSchema } from '../records';

const closed = { additionalProperties: false } as const;

export const commitLog = defineMethod({
  name: 'commit.log',
  summary: 'Commits accepted by the daemon, newest first, from the audit log',
  caller: 'admin',
  access: 'read',
  params: Type.Object(
    {
      repo: Type.Optional(RepoIdSchema),
      agent: Type.Optional(Type.String({ maxLength: 63 })),
      limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 10000 })),
    },
    closed,
  ),
  result: Type.Object(
    {
      commits: Type.Array(
        Type.Object(
          {
            seq: Type.Integer(),
            time: Type.String(),
            agent: Type.String(),
            repo: Type.String(),
            ref: Type.String(),
            commit: OidSchema,
            parent: Type.Union([OidSchema, Type.Null()]),
            subject: Type.String({ description: 'Control characters escaped' }),
          },
          closed,
        ),
      ),
    },
    closed,
  ),
  errors: ['repo-not-found'],
});
