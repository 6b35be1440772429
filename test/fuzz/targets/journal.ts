/** Segments of the journal: reading stops at the first damage, and never takes a damaged record for a whole one. */
import { encodeRecord, decodeRecords } from '../../../daemon/journal/journal-record';
import { must, type FuzzTarget } from '../harness/target';

const written = [1, 2, 5].map((seq) =>
  encodeRecord(seq, { kind: 'abort', seq }, seq === 2 ? [Buffer.from('blob'), Buffer.alloc(0)] : []),
);
const whole = Buffer.concat([...written, Buffer.alloc(64)]);

export const journal: FuzzTarget = {
  name: 'journal',
  seeds: [whole, Buffer.concat(written), Buffer.alloc(100)],
  words: ['gij1', '\0\0\0\0', '\xff\xff\xff\xff', '{"kind":"abort"}', '\0\0\0\x01'],
  run: (input) => {
    let last = 0;
    for (const record of decodeRecords(input, null)) {
      must(record.seq > last, 'numbers rise');
      last = record.seq;
      const again = encodeRecord(record.seq, record.body, record.blobs);
      must(
        written.some((one) => one.equals(again)),
        'a record that is read is one that was written',
      );
    }
  },
};
