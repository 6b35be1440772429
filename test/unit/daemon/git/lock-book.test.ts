import { createLockBook } from '../../../../daemon/git/lock-book';
import type { WorkerRequest } from '../../../../daemon/git/worker-protocol';
import { zeroOid, type RefName } from '../../../../shared/ids';

const ref = 'refs/heads/x' as RefName;
const prepare: WorkerRequest = {
  op: 'prepareRefs',
  gitDirectory: '/r.git',
  updates: [{ ref, old: zeroOid, new: zeroOid }],
};
const settle = (transaction: number): WorkerRequest => ({ op: 'settle', transaction, commit: true });

describe('the book of locks', () => {
  it('knows a lock from the request on until the transaction is settled', () => {
    const book = createLockBook();
    book.asked(1, prepare);
    expect(book.isEmpty()).toBe(false);
    book.answered(1, prepare, { kind: 'prepared', transaction: 7 });
    expect([book.holds(7), book.holds(1), book.isEmpty()]).toEqual([true, false, false]);
    book.answered(2, settle(7), { kind: 'done' });
    expect([book.holds(7), book.isEmpty()]).toEqual([false, true]);
  });

  it('forgets what was refused or failed, and gives all away when the worker is dead', () => {
    const book = createLockBook();
    book.asked(1, prepare);
    book.answered(1, prepare, { kind: 'changed' });
    book.asked(2, prepare);
    book.answered(2, prepare, null);
    expect(book.isEmpty()).toBe(true);
    book.asked(3, prepare);
    expect(book.takeAll()).toEqual(['/r.git/refs/heads/x.lock']);
    expect(book.isEmpty()).toBe(true);
  });
});
