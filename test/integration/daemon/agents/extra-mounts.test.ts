import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkExtraMounts, checkSharedDirectory } from '../../../../daemon/agents/extra-mounts';
import { tempDir } from '../../../helpers/temp-dir';

function world() {
  const root = tempDir();
  for (const name of ['state/agents', 'data', 'ssh']) mkdirSync(join(root, name), { recursive: true });
  writeFileSync(join(root, 'docker.sock'), '');
  symlinkSync(join(root, 'state'), join(root, 'innocent'));
  return { root, rules: { forbiddenSources: [join(root, 'state'), join(root, 'docker.sock')] } };
}

test('a folder or file elsewhere is mounted (DK-02)', async () => {
  const { root, rules } = world();
  const mounts = [{ source: `${root}/data/../data`, target: '/opt/data/' }];
  expect(await checkExtraMounts(mounts, rules)).toEqual([
    { source: join(root, 'data'), target: '/opt/data' },
  ]);
});

test.each([
  ['the state directory', 'state'],
  ['something in it', 'state/agents'],
  ['a link to it', 'innocent'],
  ['what holds it', '.'],
  ['the socket of the engine', 'docker.sock'],
  ['what is not there', 'nothing'],
])('%s is not mounted', async (_what, name) => {
  const { root, rules } = world();
  const mounts = [{ source: join(root, name), target: '/opt/x' }];
  await expect(checkExtraMounts(mounts, rules)).rejects.toMatchObject({ code: 'invalid-params' });
});

test.each(['/', '/proc', '/run/containerd', '/dev/null', '/sys/fs'])(
  '%s of the host is not mounted',
  async (source) => {
    await expect(
      checkExtraMounts([{ source, target: '/opt/x' }], { forbiddenSources: [] }),
    ).rejects.toMatchObject({ code: 'invalid-params' });
  },
);

test.each([
  '/',
  '/gitiso',
  '/gitiso/bin',
  '/opt/../workspace',
  '/workspace/.git/x',
  '/etc',
  '/etc/profile.d/x',
  '/proc/1',
  '//dev',
])('nothing is mounted at %s', async (target) => {
  const { root, rules } = world();
  const mounts = [{ source: join(root, 'data'), target }];
  await expect(checkExtraMounts(mounts, rules)).rejects.toMatchObject({ code: 'invalid-params' });
});

test('a name that only begins like a forbidden place is fine', async () => {
  const { root, rules } = world();
  mkdirSync(join(root, 'state-of-mind'));
  const mounts = [{ source: join(root, 'state-of-mind'), target: '/workspace-data' }];
  await expect(checkExtraMounts(mounts, rules)).resolves.toHaveLength(1);
});

test('two mounts do not hide each other, and a shared directory is a directory', async () => {
  const { root, rules } = world();
  const source = join(root, 'data');
  await expect(
    checkExtraMounts(
      [
        { source, target: '/opt' },
        { source, target: '/opt/data' },
      ],
      rules,
    ),
  ).rejects.toMatchObject({ code: 'invalid-params' });
  writeFileSync(join(root, 'file'), '');
  await expect(checkSharedDirectory(join(root, 'file'), rules)).rejects.toMatchObject({
    code: 'invalid-params',
  });
  await expect(checkSharedDirectory(join(root, 'ssh'), rules)).resolves.toBe(join(root, 'ssh'));
});
