import { defineMethod } from '../contract';
import { InvocationSchema, OutcomeSchema } from '../invocation';

export const remoteRun = defineMethod({
  name: 'remote.run',
  summary: 'git fetch, pull, push or ls-remote, as the shim was called',
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
