import { parseLocation } from '../../../../daemon/remote/remote-url';

function url(text: string) {
  const location = parseLocation(text);
  if (location.kind !== 'url') throw new Error('not a URL');
  return location;
}

describe('parseLocation', () => {
  it('takes absolute paths, with spaces', () => {
    expect(parseLocation('/srv/my  repo/')).toEqual({ kind: 'path', path: '/srv/my  repo/' });
  });

  it.each([
    ['https://example.invalid/a/b.git', 'https', 'b'],
    ['http://example.invalid:8080/b/', 'http', 'b'],
    ['ssh://git@example.invalid:22/a/b.git', 'ssh', 'b'],
    ['git+ssh://git@example.invalid/b', 'ssh', 'b'],
    ['git@example.invalid:group/b.git', 'ssh', 'b'],
    ['example.invalid:b', 'ssh', 'b'],
    ['[::1]:b', 'ssh', 'b'],
    ['file:///srv/b.git', 'file', 'b'],
    ['file:///srv/b/.git', 'file', 'b'],
  ])('takes %s', (text, protocol, name) => {
    expect(url(text)).toMatchObject({ protocol, name });
  });

  it.each([
    '',
    '   ',
    'relative',
    './x',
    '../x',
    '-x',
    'ext::sh -c id',
    'fd::17',
    'git://example.invalid/x',
    'ftp://example.invalid/x',
    'file://host/x',
    'ssh://-oProxyCommand=id/x',
    'ssh://-x@example.invalid/x',
    '-oProxyCommand=id:x',
    'host:-x',
    'ssh:///x',
    'ssh://host/',
    'https://example.invalid/x?y',
    'https://example.invalid/x\nhost: y',
    '/srv/x\0y',
    'http://',
  ])('refuses %j', (text) => {
    let thrown: unknown = null;
    try {
      parseLocation(text);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toMatchObject({ code: 'repo-unusable' });
  });

  it('keeps a password out of the URL and of everything that is shown', () => {
    const parsed = url('https://alice:p%40ss@example.invalid/b.git');
    expect(parsed.url).toBe('https://example.invalid/b.git');
    expect(parsed.display).toBe('https://example.invalid/b.git');
    expect(parsed.config).toEqual([
      [
        'http.https://example.invalid/.extraHeader',
        `Authorization: Basic ${Buffer.from('alice:p@ss').toString('base64')}`,
      ],
    ]);
  });

  it('keeps a user name for credential helpers but does not show it: it can be a token', () => {
    expect(url('https://token@example.invalid/b')).toMatchObject({
      url: 'https://token@example.invalid/b',
      display: 'https://example.invalid/b',
      config: [],
    });
  });

  it('drops a password from ssh, which has no use for it', () => {
    expect(url('ssh://me:secret@example.invalid/b').url).toBe('ssh://me@example.invalid/b');
  });
});
