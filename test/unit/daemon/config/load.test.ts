import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openConfigSource } from '../../../../daemon/config/config-source';
import type { Surroundings } from '../../../../daemon/config/defaults';
import { describeConfig } from '../../../../daemon/config/describe-config';
import { environmentName, flagName } from '../../../../daemon/config/key-names';
import { loadConfig } from '../../../../daemon/config/load';
import { ConfigFileSchema, configKeys } from '../../../../daemon/config/keys';
import { readFileSync } from 'node:fs';
import { containing } from '../../../helpers/text-matchers';
import { tempDir } from '../../../helpers/temp-dir';

function surroundings(more: Partial<Surroundings> = {}): Surroundings {
  return {
    uid: 1000,
    home: '/home/u',
    environment: {},
    buildDirectory: '/opt/gitiso/build',
    groupExists: () => false,
    pathExists: () => false,
    ...more,
  };
}

function fileWith(content: unknown): string {
  const file = join(tempDir(), 'gitisod.json');
  writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
  return file;
}

const load = (options: { file?: unknown; env?: Record<string, string>; flags?: Record<string, string> }) =>
  loadConfig({
    file: fileWith(options.file ?? {}),
    flags: new Map(Object.entries(options.flags ?? {})),
    surroundings: surroundings({ environment: options.env ?? {} }),
  });

describe('defaults', () => {
  test('of root are the FHS paths, with the group if it exists', async () => {
    const root = { file: fileWith({}), flags: new Map<string, string>() };
    const { config } = await loadConfig({
      ...root,
      surroundings: surroundings({ uid: 0, groupExists: () => true }),
    });
    expect(config).toMatchObject({
      stateDirectory: '/var/lib/gitiso',
      runDirectory: '/run/gitiso',
      socketGroup: 'gitiso',
    });
  });

  test('of a user are the XDG paths, with their own defaults', async () => {
    expect((await load({})).config).toMatchObject({
      stateDirectory: '/home/u/.local/state/gitiso',
      runDirectory: '/tmp/gitiso-1000',
      socketGroup: null,
    });
    const env = { XDG_STATE_HOME: '/s', XDG_RUNTIME_DIR: '/r', DOCKER_HOST: 'unix:///d/docker.sock' };
    const { config, origins } = await load({ env });
    expect(config).toMatchObject({ stateDirectory: '/s/gitiso', runDirectory: '/r/gitiso' });
    expect(config.docker.socket).toBe('/d/docker.sock');
    expect(origins.get('docker.socket')).toBe('environment DOCKER_HOST');
  });

  test('ignore relative XDG paths, as their specification says', async () => {
    expect((await load({ env: { XDG_STATE_HOME: 's' } })).config.stateDirectory).toMatch(
      /^\/home\/u\/.local/,
    );
  });

  test('are used when the default file does not exist, but a file that was named must exist', async () => {
    const home = tempDir();
    const input = { flags: new Map<string, string>(), surroundings: surroundings({ home }) };
    const { file } = await loadConfig({ ...input, file: null });
    expect(file).toBe(join(home, '.config/gitiso/gitisod.json'));
    await expect(loadConfig({ ...input, file: join(home, 'none.json') })).rejects.toMatchObject({
      code: 'config-invalid',
      message: containing('ENOENT'),
    });
  });
});

test('flags win over the environment, that over the file, that over defaults, and each origin is told', async () => {
  const all = { limits: { nesting: 10, batchLength: 10, frameBytes: 10000 } };
  const { config, origins } = await load({
    file: all,
    env: { GITISO_LIMITS_NESTING: '11', GITISO_LIMITS_BATCH_LENGTH: '11' },
    flags: { '--limits-nesting': '12' },
  });
  expect(config.limits).toMatchObject({ nesting: 12, batchLength: 11, frameBytes: 10000 });
  expect(origins.get('limits.nesting')).toBe('flag --limits-nesting');
  expect(origins.get('limits.batchLength')).toBe('environment GITISO_LIMITS_BATCH_LENGTH');
  expect(origins.get('limits.frameBytes')).toMatch(/^file .*gitisod\.json$/);
  expect(origins.get('limits.pathBytes')).toBe('default');
});

test('text becomes lists, booleans and null', async () => {
  const { config } = await load({
    file: { socketGroup: 'staff' },
    env: {
      GITISO_POLICY_PROTECTED_BRANCHES: 'main, release/*',
      GITISO_PUBLISH_ENABLED: 'false',
      GITISO_SOCKET_GROUP: 'null',
    },
  });
  expect(config.policy.protectedBranches).toEqual(['main', 'release/*']);
  expect(config.publish.enabled).toBe(false);
  expect(config.socketGroup).toBeNull();
});

test.each([
  ['an unknown key', { file: { limit: {} } }, 'unknown key "limit"; did you mean "limits"?'],
  [
    'an unknown inner key',
    { file: { limits: { frameByte: 1 } } },
    'limits has the unknown key "frameByte"; did you mean "frameBytes"?',
  ],
  ['an unknown variable', { env: { GITISO_LOG_LEVL: 'info' } }, 'did you mean GITISO_LOG_LEVEL?'],
  ['an unknown flag', { flags: { '--log-levels': 'info' } }, 'did you mean --log-level?'],
  ['a wrong type', { file: { limits: { nesting: '8' } } }, 'limits.nesting must be integer'],
  ['a wrong choice', { file: { log: { level: 'loud' } } }, 'log.level must be one of'],
  [
    'a number that is none',
    { env: { GITISO_LIMITS_NESTING: 'many' } },
    'environment GITISO_LIMITS_NESTING: limits.nesting must be integer',
  ],
  [
    'a number out of bounds',
    { flags: { '--workers-count': '0' } },
    'flag --workers-count: workers.count must be >= 1',
  ],
  ['a relative path', { flags: { '--state-directory': 'x' } }, 'stateDirectory must match pattern'],
  [
    'limits that contradict each other',
    { file: { limits: { bufferedBytesPerAgent: 5 } } },
    'limits.bufferedBytesPerAgent',
  ],
  ['broken JSON', { file: '{\n  "log": }' }, 'is not JSON: Unexpected token'],
  ['a comma too many', { file: '{\n  "log": {},\n}' }, '(line 3, column 1)'],
  ['an empty file', { file: ' ' }, 'is not JSON (it is empty)'],
  ['a list', { file: [] }, 'the file must be object'],
  ['a key of the prototype', { file: '{"constructor":{"a":1}}' }, 'unknown key "constructor"'],
])('%s is refused and named', async (_name, options, message) => {
  await expect(load(options as Parameters<typeof load>[0])).rejects.toMatchObject({
    code: 'config-invalid',
    message: containing(message),
  });
});

test('all problems are told at once', async () => {
  const error: unknown = await load({ file: { a: 1, b: 2, log: { level: 1 } }, env: { GITISO_X: '' } }).catch(
    (thrown: unknown) => thrown,
  );
  expect((error as Error).message.split('\n').length).toBeGreaterThanOrEqual(4);
});

test("variables of gitiso's other programs are none of the daemon's", async () => {
  await expect(load({ env: { GITISO_SOCKET: '/x', GITISO_TEST_DOCKER: '1' } })).resolves.toBeDefined();
});

test('the effective configuration cannot be changed', async () => {
  const { config } = await load({});
  expect(Object.isFrozen(config.limits)).toBe(true);
  expect(Object.isFrozen(config.policy.protectedBranches)).toBe(true);
});

describe('reloading', () => {
  const open = (file: string) => openConfigSource({ file, flags: new Map(), surroundings: surroundings() });

  test('puts changed settings into force and tells which need a restart', async () => {
    const file = fileWith({ limits: { nesting: 10 } });
    const source = await open(file);
    const seen: number[] = [];
    const end = source.onChange((config) => seen.push(config.limits.nesting));
    writeFileSync(file, JSON.stringify({ limits: { nesting: 12 }, stateDirectory: '/elsewhere' }));
    expect(await source.reload()).toEqual({
      kind: 'changed',
      keys: ['limits.nesting'],
      needRestart: ['stateDirectory'],
    });
    expect(source.current().limits.nesting).toBe(12);
    expect(source.current().stateDirectory).toBe('/home/u/.local/state/gitiso');
    expect(Object.isFrozen(source.current().limits)).toBe(true);
    end();
    writeFileSync(file, '{}');
    await source.reload();
    expect(seen).toEqual([12]);
  });

  test('keeps the old configuration when the new one is refused, until it is valid again', async () => {
    const file = fileWith({ limits: { nesting: 10 } });
    const source = await open(file);
    writeFileSync(file, '{"limits":');
    expect(await source.reload()).toMatchObject({ kind: 'refused' });
    expect(source.error()).toContain('is not JSON');
    expect(source.current().limits.nesting).toBe(10);
    writeFileSync(file, JSON.stringify({ limits: { nesting: 10 } }));
    expect(await source.reload()).toEqual({ kind: 'unchanged' });
    expect(source.error()).toBeNull();
  });

  test('a file that is a directory is refused, not fatal', async () => {
    const file = join(tempDir(), 'gitisod.json');
    mkdirSync(file);
    await expect(open(file)).rejects.toMatchObject({ code: 'config-invalid' });
  });
});

describe('the documentation', () => {
  const docs = join(__dirname, '../../../../docs');

  test('has the current schema', () => {
    const published: unknown = JSON.parse(readFileSync(join(docs, 'config.schema.json'), 'utf8'));
    expect(published).toEqual(JSON.parse(JSON.stringify(ConfigFileSchema)));
  });

  test('has every setting once, with its default, and no other', () => {
    const table = readFileSync(join(docs, 'configuration.md'), 'utf8').split('## Settings')[1] ?? '';
    const rows = [...table.matchAll(/^\| `([\w.]+)` \| (.*?) \| (.*) \|$/gm)].map((match) => match.slice(1));
    expect(rows.map(([name]) => name)).toEqual(configKeys.map(({ path }) => path));
    for (const [index, { schema, needsRestart }] of configKeys.entries()) {
      const [, value, meaning] = rows[index] ?? [];
      expect(value).toBe('default' in schema ? `\`${JSON.stringify(schema['default'])}\`` : 'see above');
      expect(meaning?.includes('needs a restart')).toBe(needsRestart);
    }
  });

  test('describes the effective settings with their origin', async () => {
    const lines = describeConfig(await load({ flags: { '--limits-nesting': '9' } })).split('\n');
    expect(lines.find((line) => line.startsWith('limits.nesting'))).toMatch(/= 9 +# flag --limits-nesting$/);
    expect(lines.filter((line) => line.includes(' = '))).toHaveLength(configKeys.length);
  });

  test('names of settings are unambiguous outside the file', () => {
    for (const naming of [environmentName, flagName]) {
      expect(new Set(configKeys.map(({ path }) => naming(path))).size).toBe(configKeys.length);
    }
  });
});
