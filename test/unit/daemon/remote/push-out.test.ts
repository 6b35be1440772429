import { readVerdicts } from '../../../../daemon/remote/push-out';
import type { Oid } from '../../../../shared/ids';

const command = (ref: string) => ({ ref, old: '0'.repeat(40) as Oid, new: '1'.repeat(40) as Oid });

describe('what git push --porcelain tells', () => {
  it('is read ref by ref, in the order of the commands', () => {
    const text = [
      'To https://host.invalid/r',
      `*\t${'1'.repeat(40)}:refs/heads/a\t[new branch]`,
      '-\t:refs/heads/b\t[deleted]',
      `!\t${'1'.repeat(40)}:refs/heads/c\t[remote rejected] (pre-receive hook declined)`,
      `!\t${'1'.repeat(40)}:refs/heads/d\t[rejected] (stale info)`,
      'Done',
    ].join('\n');
    const refs = ['d', 'c', 'b', 'a', 'e'].map((name) => command(`refs/heads/${name}`));
    expect(readVerdicts(text, refs)).toEqual([
      { kind: 'refused', reason: 'stale info' },
      { kind: 'refused', reason: 'pre-receive hook declined' },
      { kind: 'ok' },
      { kind: 'ok' },
      { kind: 'refused', reason: 'the push did not succeed' },
    ]);
  });
});
