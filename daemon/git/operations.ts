/**
 * What host git does in many steps (a fetch, a push, adding a repository) is announced in the journal before it begins, so
 * that a crash in the middle leaves no move without a line in the audit log.
 */
import { deflateSync, inflateSync } from 'node:zlib';
import { assertOid, type Oid } from '../../shared/ids';
import type { Journal } from '../journal/journal';
import type { OperationBody } from './journal-body';

export interface Operation {
  /** The last line of the audit log about it carries this number. */
  readonly seq: number;
  /** It is over and audited, or came to nothing. */
  readonly end: () => void;
  /** It failed in the middle: the journal need not keep it, but until the next checkpoint recovery looks into it. */
  readonly leave: () => void;
}

export interface Operations {
  /** Durable when it resolves. `before`: the refs as they are, for `traces: 'refs'`. */
  readonly begin: (
    about: Omit<OperationBody, 'kind' | 'version' | 'time'>,
    before?: ReadonlyMap<string, Oid>,
  ) => Promise<Operation>;
}

export function createOperations(parts: {
  readonly journal: Pick<Journal, 'append' | 'settled'>;
  readonly now: () => Date;
}): Operations {
  const { journal, now } = parts;
  return {
    begin: async (about, before) => {
      const body: OperationBody = { kind: 'operation', version: 1, time: now().toISOString(), ...about };
      const { seq, durable } = journal.append(body, before === undefined ? [] : [packRefs(before)]);
      await durable;
      return {
        seq,
        leave: () => journal.settled(seq),
        end: () => {
          journal.settled(seq);
          const mark = journal.append({ kind: 'abort', seq });
          // When it can not be written, recovery finds the line in the audit log, or that nothing has moved.
          void mark.durable.catch(() => undefined).then(() => journal.settled(mark.seq));
        },
      };
    },
  };
}

function packRefs(refs: ReadonlyMap<string, Oid>): Buffer {
  const lines = [...refs].map(([ref, value]) => `${value} ${ref}\n`);
  return deflateSync(Buffer.from(lines.join(''), 'latin1'));
}

export function unpackRefs(data: Buffer): ReadonlyMap<string, Oid> {
  const lines = inflateSync(data).toString('latin1').split('\n').slice(0, -1);
  return new Map(lines.map((line) => [line.slice(41), assertOid(line.slice(0, 40))]));
}
