/** Segments of the audit log: whatever is changed in a chain that the daemon wrote is found. */
import { createHash } from 'node:crypto';
import { verifySegments } from '../../../daemon/audit/verify-segments';
import { must, type FuzzTarget } from '../harness/target';

const genesis = '0'.repeat(64);
const written = chain(4);
const head = { seq: 4, hash: hashOf(written.split('\n')[3] ?? '') };
const path = '0000000000000001.jsonl';

export const audit: FuzzTarget = {
  name: 'audit',
  seeds: [written, chain(2), ''],
  words: [
    '"seq":',
    '"prev":"',
    '"verdict":"accepted"',
    '"verdict":"denied"',
    '\n',
    '{',
    '}',
    'null',
    genesis,
    '\\u0000',
    '"refs":[]',
  ],
  run: async (input) => {
    const result = await verifySegments([path], { genesis, head, anchor: { ...head } }, async () =>
      input.toString('utf8'),
    );
    must(
      result.valid === input.subarray(0, written.length).equals(Buffer.from(written)),
      `an edit is found: ${JSON.stringify(result)}`,
    );
    if (!result.valid) must((result.problem?.what ?? '') !== '', 'what is wrong is said');
  },
};

function chain(records: number): string {
  let text = '';
  let prev = genesis;
  for (let seq = 1; seq <= records; seq += 1) {
    const line = JSON.stringify({
      ...{ seq, time: '2026-01-01T00:00:00.000Z', agent: 'a', repo: 'r', method: 'commit.create' },
      ...{ argv: ['git', 'commit'], refs: [], verdict: 'accepted', rule: null, journal: seq, prev },
    });
    text += `${line}\n`;
    prev = hashOf(line);
  }
  return text;
}

function hashOf(line: string): string {
  return createHash('sha256').update(line, 'utf8').digest('hex');
}
