import { Type } from '@sinclair/typebox';
import { defineMethod } from '../contract';
import { RepoIdSchema } from '../records';

export const repoRemove = defineMethod({
  name: 'repo.remove',
  summary: "Forget a repository and delete the daemon's copy; the user's clone and the remote stay",
  caller: 'admin',
  access: 'write',
  params: Type.Object(
    {
      id: RepoIdSchema,
      force: Type.Optional(
        Type.Boolean({ description: 'Also when snapshots or unpublished commits would be lost' }),
      ),
    },
    { additionalProperties: false },
  ),
  result: Type.Object({ removed: Type.Boolean() }, { additionalProperties: false }),
  errors: ['repo-not-found', 'repo-in-use', 'storage-failed'],
});
