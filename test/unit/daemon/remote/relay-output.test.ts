import { createRelay } from '../../../../daemon/remote/relay-output';

describe('createRelay', () => {
  it('replaces names that arrive in pieces, line by line', async () => {
    const sent: string[] = [];
    const relay = createRelay({ print: (_fd, text) => Promise.resolve(void sent.push(text)) }, [
      ['/srv/secret', 'origin'],
    ]);
    relay.onStderr('fatal: /srv/se');
    relay.onStderr('cret is gone\nremote: 10%\rremote: 100%\nlast');
    await relay.finish();
    expect(sent.join('')).toBe('fatal: origin is gone\nremote: 10%\rremote: 100%\nlast');
    expect(sent[0]).toBe('fatal: origin is gone\nremote: 10%\rremote: 100%\n');
  });
});
