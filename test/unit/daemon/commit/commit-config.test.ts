import { parseCommitConfig } from '../../../../daemon/commit/commit-config';
import { configKey, createConfigCache, isSmall } from '../../../../daemon/commit/config-cache';
import type { Invocation } from '../../../../shared/invocation';
import { isAgentId, type AgentId } from '../../../../shared/ids';

const list = (...entries: readonly string[]): string => entries.map((entry) => `${entry}\0`).join('');

describe('the configuration of a commit', () => {
  test('is empty by default', () => {
    expect(parseCommitConfig('')).toMatchObject({
      user: { name: null, email: null },
      gpgSign: false,
      verbose: false,
      hasOwnComments: false,
      isRewritingNotes: false,
      isLogging: true,
      abbrev: null,
      hasIncludes: false,
      trailers: { separators: ':', names: [] },
    });
  });

  test('takes the last value of a key, with newlines in it', () => {
    const text = list('user.name\nfirst', 'user.name\nsecond\nline', 'user.email\nx@y');
    expect(parseCommitConfig(text)).toMatchObject({ user: { name: 'second\nline', email: 'x@y' } });
  });

  test.each([
    ['commit.gpgsign', { gpgSign: true }],
    ['commit.gpgsign\ntrue', { gpgSign: true }],
    ['commit.gpgsign\n1', { gpgSign: true }],
    ['commit.gpgsign\noff', { gpgSign: false }],
    ['commit.gpgsign\n', { gpgSign: false }],
    ['commit.verbose\n2', { verbose: true }],
    ['commit.verbose\nfalse', { verbose: false }],
    ['commit.verbose', { verbose: true }],
    ['notes.rewriteref\nrefs/notes/*', { isRewritingNotes: true }],
    ['core.commentchar\n;', { hasOwnComments: true }],
    ['core.commentchar\n#', { hasOwnComments: false }],
    ['core.commentstring\n//', { hasOwnComments: true }],
    ['core.logallrefupdates\nfalse', { isLogging: false }],
    ['core.logallrefupdates\nalways', { isLogging: true }],
    ['core.abbrev\n12', { abbrev: 12 }],
    ['core.abbrev\n2', { abbrev: 4 }],
    ['core.abbrev\nno', { abbrev: 40 }],
    ['core.abbrev\nauto', { abbrev: null }],
    ['include.path\nx', { hasIncludes: true }],
    ['includeif.gitdir:/x.path\ny', { hasIncludes: true }],
    ['trailer.sign.key\nSigned', { trailers: { separators: ':', names: ['sign', 'Signed'] } }],
    ['trailer.separators\n:=', { trailers: { separators: ':=', names: [] } }],
  ])('understands %j', (entry, expected) => {
    expect(parseCommitConfig(list(entry))).toMatchObject(expected);
  });

  test('is not confused by keys that are members of objects', () => {
    expect(parseCommitConfig(list('__proto__.gpgsign\ntrue', 'constructor\nx')).gpgSign).toBe(false);
  });
});

describe('the cache of configurations', () => {
  const base: Invocation = {
    key: '0'.repeat(32),
    globals: [],
    argv: ['commit'],
    prefix: '',
    env: {},
    tty: [false, false, false],
    columns: 0,
    timezone: '+0000',
    head: '',
    parent: null,
    state: [],
    hooks: [],
    configStamp: 'stamp',
    prefetched: false,
  };
  const agent = (name: string): AgentId => {
    if (!isAgentId(name)) throw new Error(name);
    return name;
  };

  test('depends on the stamp, the global options and the environment', () => {
    const keys = [
      base,
      { ...base, configStamp: 'other' },
      { ...base, globals: ['-c', 'user.name=x'] },
      { ...base, env: { GIT_CONFIG_COUNT: '1' } },
      { ...base, env: { GIT_CONFIG_COUNT: '2' } },
    ].map(configKey);
    expect(new Set(keys).size).toBe(keys.length);
    expect(configKey({ ...base, env: { TERM: 'dumb' } })).toBe(configKey(base));
  });

  test('keeps nothing that it can not tell or that is too much', () => {
    expect(configKey({ ...base, configStamp: '' })).toBeNull();
    expect(configKey({ ...base, globals: ['x'.repeat(5000)] })).toBeNull();
    expect(isSmall(parseCommitConfig(list('user.name\nx')))).toBe(true);
    expect(isSmall(parseCommitConfig(list(`user.name\n${'x'.repeat(5000)}`)))).toBe(false);
  });

  test('keeps few configurations of an agent, and few agents', () => {
    const cache = createConfigCache();
    const config = parseCommitConfig('');
    for (let at = 0; at < 10; at += 1) cache.set(agent('one'), String(at), config);
    expect(cache.get(agent('one'), '9')).toBe(config);
    expect(cache.get(agent('one'), '0')).toBeUndefined();
    for (let at = 0; at < 2000; at += 1) cache.set(agent(`a${at}`), 'k', config);
    expect(cache.get(agent('one'), '9')).toBeUndefined();
    expect(cache.get(agent('a1999'), 'k')).toBe(config);
  });
});
