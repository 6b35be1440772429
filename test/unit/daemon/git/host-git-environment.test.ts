import { gitEnvironment } from '../../../../daemon/git/host-git-environment';

const operator = {
  HOME: '/home/me',
  PATH: '/opt/bin',
  SSH_AUTH_SOCK: '/run/agent',
  https_proxy: 'http://proxy',
  GIT_DIR: '/evil',
  GIT_CONFIG_COUNT: '1',
  LD_PRELOAD: '/evil.so',
  SUDO_UID: '1000',
};
const base = {
  operator,
  allowedProtocols: ['https', 'ssh'],
  sshCommand: 'ssh -x',
  config: [],
  extra: {},
} as const;

describe('gitEnvironment', () => {
  it('gives the local profile nothing of the operator and no protocol', () => {
    const env = gitEnvironment({ ...base, profile: 'local' });
    expect(JSON.stringify(env)).not.toMatch(/home\/me|opt\/bin|run\/agent|evil|proxy|SUDO/);
    expect(env).toMatchObject({
      GIT_CONFIG_GLOBAL: '/dev/null',
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_ALLOW_PROTOCOL: 'none',
    });
  });

  it('gives the network profile credentials, but neither repositories nor libraries', () => {
    const env = gitEnvironment({ ...base, profile: 'network' });
    expect(env).toMatchObject({
      HOME: '/home/me',
      PATH: '/opt/bin',
      SSH_AUTH_SOCK: '/run/agent',
      https_proxy: 'http://proxy',
      GIT_ALLOW_PROTOCOL: 'https:ssh',
      GIT_SSH_COMMAND: 'ssh -x',
      GIT_TERMINAL_PROMPT: '0',
    });
    expect(JSON.stringify(env)).not.toMatch(/evil|SUDO/);
  });

  it("keeps the operator's own ssh command", () => {
    const env = gitEnvironment({ ...base, operator: { GIT_SSH_COMMAND: 'mine' }, profile: 'network' });
    expect(env['GIT_SSH_COMMAND']).toBe('mine');
  });

  it('counts its settings right and lets those of a call win', () => {
    const env = gitEnvironment({ ...base, profile: 'local', config: [['core.fsync', 'none']] });
    const count = Number(env['GIT_CONFIG_COUNT']);
    expect(env[`GIT_CONFIG_KEY_${count - 1}`]).toBe('core.fsync');
    expect(env[`GIT_CONFIG_VALUE_${count - 1}`]).toBe('none');
    expect(env[`GIT_CONFIG_KEY_${count}`]).toBeUndefined();
  });
});
