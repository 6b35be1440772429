import { readPush } from '../../../../daemon/remote/push-request';
import type { RefName } from '../../../../shared/ids';

const current = 'refs/heads/agent/a' as RefName;
const item = (...args: string[]) => {
  const read = readPush(args, current);
  return read.kind === 'push' ? read.items : read;
};

describe('readPush', () => {
  it('pushes the current branch by default', () => {
    expect(item()).toEqual([{ source: current, target: current, force: false }]);
    expect(item('-f', 'origin')).toEqual([{ source: current, target: current, force: true }]);
  });

  it('understands refspecs', () => {
    expect(item('origin', 'x')).toEqual([{ source: 'x', target: 'refs/heads/x', force: false }]);
    expect(item('origin', '+HEAD:x')).toEqual([{ source: 'HEAD', target: 'refs/heads/x', force: true }]);
    expect(item('origin', 'HEAD~2:refs/heads/x')).toMatchObject([{ source: 'HEAD~2' }]);
    expect(item('origin', ':x')).toEqual([{ source: null, target: 'refs/heads/x', force: false }]);
    expect(item('-d', 'origin', 'x', 'y')).toMatchObject([{ source: null }, { source: null }]);
    expect(item('origin', 'HEAD')).toEqual([{ source: current, target: current, force: false }]);
  });

  it('takes what follows -- as names, never as options', () => {
    expect(item('--', 'origin', '--force')).toMatchObject([{ source: '--force', force: false }]);
    expect(item('--', '--receive-pack=x')).toEqual([{ source: current, target: current, force: false }]);
  });

  it.each([
    [['--mirror'], '--mirror'],
    [['--receive-pack=x'], '--receive-pack'],
    [['--forc'], '--forc'],
    [['-fx'], '-fx'],
    [['origin', ':'], ':'],
    [['origin', 'refs/heads/*:refs/heads/*'], 'refs/heads/*:refs/heads/*'],
  ])('names what it does not support: %j', (args, option) => {
    expect(readPush(args, current)).toEqual({ kind: 'unsupported', option });
  });

  it.each([
    ['origin', 'x:y z'],
    ['origin', 'x:..'],
    ['origin', 'x:HEAD'],
    ['origin', 'x:refs/heads/a.lock'],
    ['-d', 'origin', 'a:b'],
    ['-d', 'origin'],
  ])('refuses %j in the words of git', (...args) => {
    expect(readPush(args, current)).toMatchObject({ kind: 'wrong', exitCode: 128 });
  });

  it('reads leases', () => {
    const lease = (value: string) => {
      const read = readPush([value], current);
      return read.kind === 'push' ? read.lease : read;
    };
    expect(lease('--force-with-lease')).toEqual({ kind: 'all' });
    expect(lease('--force-with-lease=x')).toEqual({ kind: 'one', ref: 'x', expected: null });
    expect(lease('--force-with-lease=x:')).toEqual({ kind: 'one', ref: 'x', expected: '' });
  });

  it('tells what to do without a branch', () => {
    expect(readPush([], null)).toMatchObject({ kind: 'wrong', exitCode: 128 });
    expect(readPush(['origin', 'HEAD'], null)).toMatchObject({ kind: 'wrong', exitCode: 128 });
  });
});
