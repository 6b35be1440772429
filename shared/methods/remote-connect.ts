import { Type } from '@sinclair/typebox';
import { defineMethod } from '../contract';

const closed = { additionalProperties: false } as const;
const bytes = (maxLength: number) => Type.String({ maxLength, pattern: '^[\\x01-\\xff]*$' });

export const remoteConnect = defineMethod({
  name: 'remote.connect',
  summary: "Becomes a stream of git's pack protocol with a remote, as git-remote-gitiso was asked for it",
  caller: 'agent',
  access: 'write',
  params: Type.Object(
    {
      service: Type.Unsafe<'git-upload-pack' | 'git-receive-pack'>({
        type: 'string',
        enum: ['git-upload-pack', 'git-receive-pack'],
        description: 'git-upload-pack: the agent fetches; git-receive-pack: it pushes',
      }),
      url: bytes(4096),
      version: Type.Integer({ minimum: 0, maximum: 2, description: "Version of git's protocol asked for" }),
      progress: Type.Boolean({ description: 'Whether git would show how far it is' }),
    },
    closed,
  ),
  result: Type.Object(
    {
      connected: Type.Boolean({
        description:
          "true: what follows on the connection is git's; false: the reason was told by shim.output",
      }),
    },
    closed,
  ),
  errors: ['policy-denied', 'repo-unreachable', 'storage-failed', 'worker-failed', 'timed-out'],
});
