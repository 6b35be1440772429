/** Methods for tests of transport and dispatch: echo, failures, waiting, asking back. */
import { Type } from '@sinclair/typebox';
import { createEntry, type MethodEntry } from '../../daemon/dispatch/method-entry';
import { defineMethod } from '../../shared/contract';
import { GitisoError } from '../../shared/errors';

const closed = { additionalProperties: false } as const;
const options = { checkResults: true };
const empty = Type.Object({}, closed);

/** `begun` is called when `test.wait` starts, `ended` with whether its signal was aborted. */
export function sampleMethods(
  hooks: { readonly begun?: () => void; readonly ended?: (isAborted: boolean) => void } = {},
): readonly MethodEntry[] {
  const base = { summary: 'For tests', caller: 'both', access: 'read', errors: [] } as const;
  const echo = Type.Object({ text: Type.String({ maxLength: 100000 }) }, closed);
  const echoResult = Type.Object({ text: Type.String(), attachments: Type.Array(Type.String()) }, closed);
  const wait = (name: string, access: 'read' | 'write') =>
    createEntry(
      defineMethod({ ...base, access, name, params: empty, result: empty }),
      async (_params, context) => {
        hooks.begun?.();
        await new Promise<void>((resolve) => context.signal.addEventListener('abort', () => resolve()));
        hooks.ended?.(context.signal.aborted);
        context.signal.throwIfAborted();
        return {};
      },
      options,
    );
  const fail = Type.Object({ how: Type.String() }, closed);
  return [
    createEntry(
      defineMethod({ ...base, name: 'test.echo', params: echo, result: echoResult }),
      async ({ text }, { attachments }) => ({
        text,
        attachments: attachments.map((bytes) => bytes.toString('latin1')),
      }),
      options,
    ),
    createEntry(
      defineMethod({ ...base, name: 'test.write', access: 'write', params: empty, result: empty }),
      async () => ({}),
      options,
    ),
    createEntry(
      defineMethod({ ...base, name: 'test.admin', caller: 'admin', params: empty, result: empty }),
      async () => ({}),
      options,
    ),
    wait('test.wait', 'read'),
    wait('test.waitWrite', 'write'),
    createEntry(
      defineMethod({ ...base, name: 'test.fail', params: fail, result: empty }),
      async ({ how }) => {
        if (how === 'unexpected') throw new TypeError('secret of /srv/host/path');
        if (how === 'result') return { more: 1 };
        throw new GitisoError('storage-failed', `cannot write ${how}/file`, { details: { path: how } });
      },
      options,
    ),
    createEntry(
      defineMethod({ ...base, name: 'test.askBack', params: empty, result: echoResult }),
      async (_params, { peer }) => {
        const answer = await peer.request(
          'shim.test',
          { value: 1 },
          { timeoutMs: 200, attachments: [Buffer.from('to peer')] },
        );
        const attachments = answer.attachments.map((bytes) => bytes.toString('latin1'));
        return { text: JSON.stringify(answer.result), attachments };
      },
      options,
    ),
    createEntry(
      defineMethod({ ...base, name: 'test.hold', params: empty, result: empty }),
      async (_params, { peer }) => {
        peer.hold();
        return {};
      },
      options,
    ),
  ];
}
