import { defineMethod } from '../contract';
import { InvocationSchema, OutcomeSchema } from '../invocation';

export const commitCreate = defineMethod({
  name: 'commit.create',
  summary: 'git commit, as the shim was called',
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
