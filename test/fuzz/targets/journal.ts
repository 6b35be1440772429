/** Segments of the journal: whatever happened to one, a record that is read from it is one that was written. */
import { decodeSegment, encodeRecord, sealRecord } from '../../../daemon/journal/journal-record';
import { must, type FuzzTarget } from '../harness/target';

const secret = 0x1234_5678;
const written = [1, 2, 5].map((seq) =>
  sealed(seq, seq - 1, { kind: 'abort', seq }, seq === 2 ? [Buffer.from('blob'), Buffer.alloc(0)] : []),
);
const whole = Buffer.concat([...written, Buffer.alloc(64)]);

export const journal: FuzzTarget = {
  name: 'journal',
  seeds: [whole, Buffer.concat(written), Buffer.alloc(100)],
  words: ['gij1', 'gij2', '\0\0\0\0', '\xff\xff\xff\xff', '{"kind":"abort"}', '\0\0\0\x01'],
  run: (input) => {
    const { records, behindGap, gapAt } = decodeSegment(input, secret);
    must(gapAt !== null || behindGap.length === 0, 'what is behind a gap has one before it');
    must(
      records.every(({ seq }, index) => seq > (records[index - 1]?.seq ?? 0)),
      'numbers rise',
    );
    for (const { seq, durable, body, blobs } of [...records, ...behindGap]) {
      const again = sealed(seq, durable, body, blobs);
      must(
        written.some((one) => one.equals(again)),
        'a record that is read is one that was written',
      );
    }
  },
};

function sealed(...parts: Parameters<typeof encodeRecord>): Buffer {
  const record = encodeRecord(...parts);
  sealRecord(record, secret);
  return record;
}
