/** Segments of the journal: reading stops at the first damage, and never takes a damaged record for a whole one. */
import { decodeSegment, encodeRecord, sealRecord } from '../../../daemon/journal/journal-record';
import { must, type FuzzTarget } from '../harness/target';

const secret = 0x1234_5678;

function encode(seq: number, durable: number, body: unknown, blobs: readonly Buffer[]): Buffer {
  const record = encodeRecord(seq, durable, body, blobs);
  sealRecord(record, secret);
  return record;
}

const written = [1, 2, 5].map((seq) =>
  encode(seq, 0, { kind: 'abort', seq }, seq === 2 ? [Buffer.from('blob'), Buffer.alloc(0)] : []),
);
const whole = Buffer.concat([...written, Buffer.alloc(64)]);

export const journal: FuzzTarget = {
  name: 'journal',
  seeds: [whole, Buffer.concat(written), Buffer.alloc(100)],
  words: ['gij2', '\0\0\0\0', '\xff\xff\xff\xff', '{"kind":"abort"}', '\0\0\0\x01'],
  run: (input) => {
    let last = 0;
    const { records, behindGap } = decodeSegment(input, secret);
    for (const record of records) {
      must(record.seq > last, 'numbers rise');
      last = record.seq;
    }
    for (const record of [...records, ...behindGap]) {
      const again = encode(record.seq, record.durable, record.body, record.blobs);
      must(
        written.some((one) => one.equals(again)),
        'a record that is read is one that was written',
      );
    }
  },
};
