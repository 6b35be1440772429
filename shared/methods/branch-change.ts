import { defineMethod } from '../contract';
import { InvocationSchema, OutcomeSchema } from '../invocation';

export const branchChange = defineMethod({
  name: 'branch.change',
  summary: 'git branch that makes or deletes one branch, as the shim was called',
  caller: 'agent',
  access: 'write',
  params: InvocationSchema,
  result: OutcomeSchema,
  errors: ['storage-failed', 'worker-failed', 'timed-out', 'shutting-down'],
});
