import { remotesFile } from '../../../../daemon/remote/remotes-file';

describe('the file that tells the shim which URLs are the daemon’s', () => {
  it('has a line for each, and the beginning of a glob', () => {
    expect(
      remotesFile(['https://h.invalid/r.git'], ['https://h.invalid/lib/*.git', 'git@h.invalid:x.git']),
    ).toBe('https://h.invalid/r.git\nhttps://h.invalid/lib/*\ngit@h.invalid:x.git\n');
    expect(remotesFile([])).toBe('');
  });
});
