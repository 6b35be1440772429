import { Writable } from 'node:stream';
import { createLogger, type RootLogger } from '../../../daemon/log';

function capture(
  format: 'human' | 'json',
  level: 'info' | 'debug' = 'info',
): { log: RootLogger; lines: () => string[] } {
  let text = '';
  const stream = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      text += chunk.toString();
      done();
    },
  });
  const now = () => new Date('2030-01-02T03:04:05.678Z');
  return { log: createLogger({ format, level, stream, now }), lines: () => text.split('\n').slice(0, -1) };
}

test('human lines have time, level, message and fields', () => {
  const { log, lines } = capture('human');
  log
    .child({ requestId: 'r-1', agent: 'a1' })
    .warn('it went wrong', { ms: 1.5, path: 'a b', gone: undefined });
  expect(lines()).toEqual([
    '2030-01-02T03:04:05.678Z WARN  it went wrong requestId=r-1 agent=a1 ms=1.5 path="a b"',
  ]);
});

test('JSON lines are one object each', () => {
  const { log, lines } = capture('json');
  log
    .child({ agent: 'a1' })
    .child({ requestId: 'r' })
    .info('done', { list: [1, null, 'x'] });
  expect(JSON.parse(lines()[0] ?? '')).toEqual({
    time: '2030-01-02T03:04:05.678Z',
    level: 'info',
    message: 'done',
    agent: 'a1',
    requestId: 'r',
    list: [1, null, 'x'],
  });
});

test('levels below the set one are not written, and the level can change', () => {
  const { log, lines } = capture('human');
  const child = log.child({ a: 1 });
  child.debug('no');
  log.setLevel('debug');
  child.debug('yes');
  log.setLevel('error');
  child.warn('no');
  expect(lines()).toHaveLength(1);
});

test.each(['human', 'json'] as const)('no line can be forged or painted in %s lines', (format) => {
  const { log, lines } = capture(format);
  log.info('a\nb\x1b[31m', {
    evil: 'x\r\n2030 ERROR \u202e\u009b31m\u200b',
    ['k\nk']: 1,
    error: new Error('e\x07\n'),
  });
  expect(lines()).toHaveLength(1);
  expect(lines()[0]).not.toMatch(/[\x00-\x1f\x7f-\x9f\u200b\u202e]/);
  if (format === 'json') expect(JSON.parse(lines()[0] ?? '')).toMatchObject({ message: 'a\nb\x1b[31m' });
});

test.each([
  ['a field named after a secret', { password: 'hunter2' }],
  ['an inner field', { headers: { Authorization: 'hunter2' } }],
  ['a field in a list', { list: [{ apiKey: 'hunter2' }] }],
  ['user info of a URL', { url: 'https://user:hunter2@example.org/x' }],
  ['a token as user name', { text: 'fatal: https://hunter2@example.org/ not found' }],
  ['an environment', { environment: { GITHUB_TOKEN: 'hunter2', AWS_SECRET_ACCESS_KEY: 'hunter2' } }],
  ['a bearer token', { text: 'http.extraHeader=Authorization: Bearer hunter2hunter2' }],
  ['a token in a query', { url: 'https://example.org/?a=1&access_token=hunter2&b' }],
  [
    'an error and its cause',
    { error: new Error('https://u:hunter2@x/', { cause: new Error('ssh://u:hunter2@y') }) },
  ],
])('%s is removed', (_name, fields) => {
  const { log, lines } = capture('json');
  log.info('request', fields);
  expect(lines()[0]).not.toContain('hunter2');
  expect(lines()[0]).toContain('[removed]');
});

test('errors are written with their cause and code, and nothing is endless', () => {
  const { log, lines } = capture('json');
  const cause = Object.assign(new Error('inner'), { code: 'ENOSPC' });
  const loop: Record<string, unknown> = {};
  loop['loop'] = loop;
  log.error('failed', {
    error: new Error('outer', { cause }),
    loop,
    long: 'x'.repeat(100000),
    bytes: Buffer.alloc(10),
    big: 10n,
  });
  expect(JSON.parse(lines()[0] ?? '')).toMatchObject({
    error: { message: 'outer', cause: { message: 'inner', code: 'ENOSPC' } },
    bytes: '(10 bytes)',
    big: '10',
  });
  expect(lines()[0]?.length).toBeLessThan(20000);
});
