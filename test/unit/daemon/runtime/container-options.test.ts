import { containerOptions } from '../../../../daemon/runtime/container-options';
import { agentEnvironment, agentMounts } from '../../../../daemon/runtime/mounts';
import { createLayout } from '../../../../daemon/layout';
import type { AgentId, RepoId } from '../../../../shared/ids';

const layout = createLayout('/state', '/run/gitiso');

function optionsFor(uid: number) {
  return containerOptions(
    {
      agent: 'one' as AgentId,
      generation: '0123456789abcdef',
      image: 'image:tag',
      user: { uid, gid: uid },
      environment: agentEnvironment({ A: '1' }, null, uid),
      mounts: agentMounts({
        agent: layout.agent('one' as AgentId),
        repoGit: layout.repoGit('r' as RepoId),
        borrowed: null,
        shimDirectory: '/opt/shim',
        uid,
        extra: [{ source: '/data', target: '/mnt/data' }],
        shareAuth: '/home/user/.ssh',
      }),
      network: 'none',
      limits: {
        ...{ memoryBytes: 1 << 30, cpus: 1.5, pids: 100, openFiles: 4096 },
        ...{ sharedMemoryBytes: 1 << 26, layerBytes: 2 ** 31, logBytes: 20 << 20 },
      },
      command: ['/gitiso/bin/gitiso-init'],
      workdir: '/workspace',
    },
    'abcdef0123456789',
  );
}

const bind = (source: string, target: string, readOnly: boolean) => ({
  Type: 'bind',
  Source: source,
  Target: target,
  ReadOnly: readOnly,
  BindOptions: { Propagation: 'rprivate', NonRecursive: true },
});

test('what the engine is asked for is exactly this (DK-01, DK-03, RS-08)', () => {
  expect(optionsFor(1000)).toEqual({
    name: 'gitiso-abcdef01-one',
    Image: 'image:tag',
    Entrypoint: ['/gitiso/bin/gitiso-init'],
    Cmd: [],
    User: '1000:1000',
    WorkingDir: '/workspace',
    Env: [
      'HOME=/home/agent',
      'A=1',
      'PATH=/gitiso/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    ],
    Labels: {
      'gitiso.agent': 'one',
      'gitiso.generation': '0123456789abcdef',
      'gitiso.state': 'abcdef0123456789',
    },
    Tty: false,
    OpenStdin: false,
    Healthcheck: { Test: ['NONE'] },
    StopSignal: 'SIGTERM',
    HostConfig: {
      Mounts: [
        bind('/state/agents/one/workspace', '/workspace', false),
        bind('/state/agents/one/gitdir', '/workspace/.git', false),
        bind('/state/repos/r.git', '/gitiso/shared', true),
        bind('/state/agents/one/run', '/gitiso/run', true),
        bind('/opt/shim', '/gitiso/bin', true),
        bind('/state/agents/one/mounts/etc', '/gitiso/etc', true),
        bind('/state/agents/one/mounts/gitiso.sh', '/etc/profile.d/gitiso.sh', true),
        bind('/state/agents/one/home', '/home/agent', false),
        bind('/home/user/.ssh', '/home/agent/.ssh', true),
        bind('/data', '/mnt/data', true),
      ],
      NetworkMode: 'none',
      Init: true,
      Privileged: false,
      CapDrop: ['ALL'],
      SecurityOpt: ['no-new-privileges:true'],
      IpcMode: 'private',
      RestartPolicy: { Name: 'no' },
      LogConfig: { Type: 'local', Config: { 'max-size': '10485760', 'max-file': '2' } },
      PidsLimit: 100,
      Memory: 1 << 30,
      MemorySwap: 1 << 30,
      NanoCpus: 1_500_000_000,
      Ulimits: [{ Name: 'nofile', Soft: 4096, Hard: 4096 }],
      ShmSize: 1 << 26,
      StorageOpt: { size: '2147483648' },
    },
  });
});

test('root keeps the home of the image and finds its shared SSH directory there', () => {
  const { Env, HostConfig } = optionsFor(0);
  expect(Env.some((entry) => entry.startsWith('HOME='))).toBe(false);
  const targets = HostConfig.Mounts.map(({ Target }) => Target);
  expect(targets).toContain('/root/.ssh');
  expect(targets).not.toContain('/home/agent');
});

test('no limit but that of the log is set when none was asked for, and the search path of the image or the operator is kept', () => {
  const spec = {
    agent: 'one' as AgentId,
    generation: 'g',
    image: 'i',
    user: { uid: 0, gid: 0 },
    environment: {},
    mounts: [],
    network: 'bridge' as const,
    limits: { logBytes: 1 << 20 },
    command: [],
    workdir: '/',
  };
  const keys = Object.keys(containerOptions(spec, 'aa').HostConfig);
  expect(keys.filter((key) => /Memory|Pids|Cpus|Ulimits|Shm|StorageOpt/.test(key))).toEqual([]);
  expect(agentEnvironment({}, '/image/bin', 0)['PATH']).toBe('/gitiso/bin:/image/bin');
  expect(agentEnvironment({ PATH: '/own' }, '/image/bin', 0)['PATH']).toBe('/gitiso/bin:/own');
});
