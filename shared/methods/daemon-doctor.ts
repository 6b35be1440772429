import { Type, type Static } from '@sinclair/typebox';
import { defineMethod } from '../contract';

const closed = { additionalProperties: false } as const;

/** One thing that is not as it should be; the ids are listed in docs/recovery.md. */
export const FindingSchema = Type.Object(
  {
    id: Type.String({ description: 'Stable name of the kind of finding' }),
    severity: Type.Union([Type.Literal('error'), Type.Literal('warning')], {
      description: 'error: something does not work or is lost; warning: it will not go on well for ever',
    }),
    where: Type.String({ description: 'The agent, repository, file or part' }),
    what: Type.String({ description: 'What was found' }),
    advice: Type.String({ description: 'What to do' }),
    fixable: Type.Boolean({ description: 'Whether fix mends it' }),
    fixed: Type.Union([Type.String(), Type.Null()], { description: 'What fix did, null: nothing' }),
  },
  closed,
);
export type Finding = Static<typeof FindingSchema>;

export const daemonDoctor = defineMethod({
  name: 'daemon.doctor',
  summary: 'Look for everything that is damaged, left over or about to fail, and mend what is safe',
  caller: 'admin',
  access: 'write',
  params: Type.Object(
    {
      fix: Type.Optional(Type.Boolean({ description: 'Mend what is safe to mend' })),
      deep: Type.Optional(Type.Boolean({ description: 'Also git fsck of every repository' })),
    },
    closed,
  ),
  result: Type.Object(
    {
      findings: Type.Array(FindingSchema),
      checks: Type.Array(Type.String(), { description: 'What was looked at' }),
      serving: Type.Boolean({ description: 'Whether the daemon ran' }),
    },
    closed,
  ),
  errors: [],
});
