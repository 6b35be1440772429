import { agentRemote } from '../../../../daemon/remote/agent-remote';
import { findTarget, urlKey } from '../../../../daemon/remote/find-target';
import type { RepoRecord } from '../../../../daemon/repos/repo-registry';

function record(remoteUrl: string | null, cloneDir: string | null = null): RepoRecord {
  return { id: 'r', remoteUrl, cloneDir } as unknown as RepoRecord;
}

const rules = (...remotes: readonly string[]) => ({ remotes, allowedProtocols: ['ssh', 'https', 'file'] });

describe('what agents call a remote', () => {
  it.each([
    ['https://alice:pw@host.invalid/r.git', 'https://host.invalid/r.git'],
    ['ssh://git@host.invalid/r.git', 'ssh://git@host.invalid/r.git'],
    ['git@host.invalid:r.git', 'git@host.invalid:r.git'],
    ['/srv/r.git', 'gitiso::r'],
    ['file:///srv/r.git', 'gitiso::r'],
  ])('%s is %s', (url, name) => {
    expect(agentRemote(record(url))).toBe(name);
  });

  it('is a name for a clone without a remote, and nothing for no remote', () => {
    expect(agentRemote(record('/home/u/r/.git', '/home/u/r/.git'))).toBe('gitiso::r');
    expect(agentRemote(record(null))).toBeNull();
  });
});

describe('findTarget', () => {
  it.each(['https://host.invalid/r.git', 'https://host.invalid/r', 'https://host.invalid/r/'])(
    'takes %s for the registered remote',
    (url) => {
      const target = findTarget(record('https://a:pw@host.invalid/r.git'), url, rules());
      expect(target).toMatchObject({
        kind: 'network',
        isOrigin: true,
        display: 'https://host.invalid/r.git',
      });
    },
  );

  it('knows a path of the host and a clone by the name of the repository', () => {
    expect(findTarget(record('/srv/r.git'), 'r', rules())).toMatchObject({ kind: 'network', isOrigin: true });
    expect(findTarget(record('/c/.git', '/c/.git'), 'gitiso::r', rules())).toMatchObject({ kind: 'clone' });
    expect(findTarget(record('/srv/r.git'), '/srv/r.git', rules('/srv/**'))).toBeNull();
  });

  it.each([
    'https://host.invalid/other.git',
    'https://user@host.invalid/r.git',
    'https://user:pw@lib.invalid/a',
    'https://lib.invalid/../r',
    'https://lib.invalid/a/b',
    'https://lib.invalid/%2e%2e/r',
    'http://lib.invalid/a',
    'ext::sh -c id',
    'gitiso::ext::sh -c id',
    'file:///etc',
    'git@lib.invalid:../a',
    '-oProxyCommand=x@lib.invalid:a',
    'ssh://-oProxyCommand=x/a',
    'https://lib.invalid/a\n',
    '',
  ])('refuses %j', (url) => {
    const allowed = rules('https://lib.invalid/*', 'git@lib.invalid:*');
    expect(findTarget(record('https://host.invalid/r.git'), url, allowed)).toBeNull();
  });

  it('takes what the globs of the policy allow, and keeps its objects apart', () => {
    const allowed = rules('https://lib.invalid/*', 'git@lib.invalid:team/**');
    for (const url of ['https://lib.invalid/a.git', 'git@lib.invalid:team/x/y.git'])
      expect(findTarget(record(null), url, allowed)).toMatchObject({ kind: 'network', isOrigin: false });
  });

  it('has one key for the spellings of a URL', () => {
    expect(new Set(['gitiso::x', 'x', 'x/', 'x.git', 'x.git/'].map(urlKey)).size).toBe(1);
  });
});
