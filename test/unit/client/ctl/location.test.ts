import { resolveLocation } from '../../../../client/ctl/location';

test.each([
  ['.', '/home/me/src'],
  ['../other repo', '/home/me/other repo'],
  ['/srv/clone', '/srv/clone'],
  ['./host:path', '/home/me/src/host:path'],
  ['sub/a:b', '/home/me/src/sub/a:b'],
  ['https://example.org/x.git', 'https://example.org/x.git'],
  ['file:///srv/x', 'file:///srv/x'],
  ['git@example.org:team/x.git', 'git@example.org:team/x.git'],
  ['host:path', 'host:path'],
])('the location %s is sent as %s', (text, expected) => {
  expect(resolveLocation(text, '/home/me/src')).toBe(expected);
});

test('an empty location is refused', () => {
  expect(() => resolveLocation('', '/')).toThrow('empty');
});
