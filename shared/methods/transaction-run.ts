import { defineMethod } from '../contract';
import { InvocationSchema, OutcomeSchema } from '../invocation';

export const transactionRun = defineMethod({
  name: 'transaction.run',
  summary: 'A git command that writes refs, as the shim was called',
  caller: 'agent',
  access: 'write',
  params: InvocationSchema,
  result: OutcomeSchema,
  errors: [
    'policy-denied',
    'ref-changed',
    'invalid-change',
    'invalid-object',
    'remote-failed',
    'storage-failed',
    'worker-failed',
    'timed-out',
  ],
});
