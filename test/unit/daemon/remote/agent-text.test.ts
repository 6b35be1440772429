import {
  createLineSplitter,
  hideHostNames,
  hostNames,
  isFetchSummary,
  isProgress,
} from '../../../../daemon/remote/agent-text';
import { parseRemote } from '../../../../daemon/remote/remote-url';

describe('the host’s names in what git prints', () => {
  it('become those the agent knows', () => {
    const url = parseRemote('file:///srv/git/secret.git');
    const names = hostNames({ kind: 'network', url, display: 'gitiso::r', isOrigin: true }, [
      '/var/lib/gitiso',
    ]);
    const text = "fatal: '/srv/git/secret.git' in /var/lib/gitiso/x; From file:///srv/git/secret\n";
    expect(hideHostNames(text, names)).toBe("fatal: 'gitiso::r' in origin/x; From gitiso::r\n");
  });

  it('leave a URL without a password as it is', () => {
    const url = parseRemote('https://alice:pw@host.invalid/r.git');
    const names = hostNames({ kind: 'network', url, display: 'https://host.invalid/r.git', isOrigin: true }, [
      '/var/lib/gitiso',
    ]);
    expect(hideHostNames("fatal: unable to access 'https://host.invalid/r.git/'", names)).toContain(
      'host.invalid/r.git/',
    );
  });
});

describe('lines', () => {
  it('come whole, whatever the pieces, and the rest at the end', () => {
    const lines = createLineSplitter();
    expect(lines.push('one\ntw')).toEqual(['one\n']);
    expect(lines.push('o\r')).toEqual(['two\r']);
    expect(lines.push('three')).toEqual([]);
    expect(lines.rest()).toEqual(['three']);
    expect(lines.rest()).toEqual([]);
  });

  it('that never end come in pieces', () => {
    const lines = createLineSplitter();
    expect(lines.push('x'.repeat(9000))).toEqual(['x'.repeat(9000)]);
  });

  it.each([
    ['From https://host.invalid/r\n', true],
    [' * [new branch]      main       -> origin/main\n', true],
    ['   e10c0cc..c39d483  main       -> origin/main\n', true],
    [' ! [rejected]        main       -> main  (non-fast-forward)\n', true],
    ['remote: From here\n', false],
    ['fatal: Could not read from remote repository.\n', false],
  ])('%j is of a table of refs: %s', (line, is) => {
    expect(isFetchSummary(line)).toBe(is);
  });

  it.each([
    ['remote: Counting objects:  50% (1/2)\r', true],
    ['Receiving objects: 100% (1/1), done.\n', true],
    ['remote: Enumerating objects: 5, done.\n', true],
    ['remote: Total 3 (delta 0), reused 0 (delta 0), pack-reused 0\n', true],
    ['remote: welcome: today\n', false],
    ['ssh: connect to host x port 22: Connection refused\n', false],
  ])('%j is progress: %s', (line, is) => {
    expect(isProgress(line)).toBe(is);
  });
});
