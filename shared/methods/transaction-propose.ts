import { Type } from '@sinclair/typebox';
import { defineMethod } from '../contract';
import { oidPattern } from '../ids';
import { OutcomeSchema } from '../invocation';

const closed = { additionalProperties: false } as const;
const bytes = (maxLength: number) => Type.String({ maxLength, pattern: '^[\\x00-\\xff]*$' });
const oid = Type.String({ pattern: oidPattern });

/** Shared refs that a git in the container is about to move: all of them, or none. */
export const transactionPropose = defineMethod({
  name: 'transaction.propose',
  summary: "A ref transaction of the container's git, as its reference-transaction hook saw it",
  caller: 'agent',
  access: 'write',
  params: Type.Object(
    {
      key: Type.String({
        pattern: '^[0-9a-f]{32}$',
        description: 'Idempotency key: a retry gets the first answer',
      }),
      updates: Type.Array(
        Type.Object(
          {
            ref: bytes(4096),
            old: oid,
            new: oid,
          },
          closed,
        ),
        {
          minItems: 1,
          maxItems: 10_000,
          description: "As git's hook gets them: an old value of zeros means any",
        },
      ),
      argv: Type.Array(bytes(65536), {
        maxItems: 1024,
        description: 'Command line of the git that asks, bytes',
      }),
      origin: Type.Union(
        [Type.Literal('hook'), Type.Literal('view'), Type.Literal('check'), Type.Literal('undo')],
        {
          description:
            '`view`: written past the hook and found afterwards; `check`: only whether the refs could be moved at all; ' +
            '`undo`: git gave up the accepted transaction of this key after all',
        },
      ),
    },
    closed,
  ),
  result: OutcomeSchema,
  errors: ['storage-failed', 'worker-failed', 'timed-out', 'shutting-down'],
});
