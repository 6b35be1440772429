import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { emptyTrash, moveToTrash } from '../../../../daemon/agents/teardown';
import { tempDir } from '../../../helpers/temp-dir';
import { testIf } from '../../../helpers/test-if';

const isRoot = process.getuid?.() === 0;
const never = new AbortController().signal;

function world() {
  const root = tempDir();
  const agent = join(root, 'agents', 'one');
  const trash = join(root, 'trash');
  mkdirSync(agent, { recursive: true });
  return { root, agent, trash };
}

/** As the agent would make it: by a shell, with every trick it has. */
const sh = (cwd: string, script: string) => execFileSync('sh', ['-ec', script], { cwd });

test('a folder is gone under its name at once, and can be made again before its files are deleted (DL-05)', async () => {
  const { agent, trash } = world();
  writeFileSync(join(agent, 'f'), 'x');
  expect(await moveToTrash(agent, trash, 'g1')).toBe(true);
  expect(await moveToTrash(agent, trash, 'g1')).toBe(false);
  mkdirSync(agent);
  expect(await emptyTrash(trash, never)).toBe(0);
  expect(readdirSync(trash)).toEqual([]);
  expect(existsSync(agent)).toBe(true);
});

test('links, pipes, odd names and locked folders are deleted, and what links lead to stays (DL-01)', async () => {
  const { root, agent, trash } = world();
  mkdirSync(join(root, 'precious'));
  writeFileSync(join(root, 'precious', 'file'), 'kept');
  symlinkSync(join(root, 'precious'), join(agent, 'link'));
  sh(
    agent,
    `mkfifo pipe; ln -s / root; mkdir -p locked/inner; touch locked/inner/f; chmod 000 locked/inner locked
     touch "$(printf 'a\\nb')" "$(printf '\\377\\376')" ' ' '\\' -- -rf; ln -s loop loop; mkdir .git; mkdir '...'`,
  );
  await moveToTrash(agent, trash, 'g');
  expect(await emptyTrash(trash, never)).toBe(0);
  expect(readdirSync(trash)).toEqual([]);
  expect(readdirSync(join(root, 'precious'))).toEqual(['file']);
});

test('very deep and very wide trees are deleted (DL-03)', async () => {
  const { agent, trash } = world();
  // Deeper than a path can be long, so by relative steps.
  const dig =
    "for (let i = 0; i < 1500; i++) { fs.writeFileSync('f', ''); fs.mkdirSync('deep'); process.chdir('deep'); }";
  execFileSync(process.execPath, ['-e', dig], { cwd: agent });
  sh(agent, 'mkdir wide; cd wide; seq 5000 | xargs touch; seq 5001 5300 | xargs mkdir');
  await moveToTrash(agent, trash, 'g');
  expect(await emptyTrash(trash, never)).toBe(0);
  expect(readdirSync(trash)).toEqual([]);
});

test('a deletion that is interrupted goes on the next time', async () => {
  const { agent, trash } = world();
  mkdirSync(join(agent, 'a/b/c'), { recursive: true });
  await moveToTrash(agent, trash, 'g');
  await emptyTrash(trash, AbortSignal.abort());
  expect(readdirSync(trash)).not.toEqual([]);
  await emptyTrash(trash, never);
  expect(readdirSync(trash)).toEqual([]);
});

testIf(isRoot, 'needs root to mount')('a folder with a mount in it is not touched (DL-02)', async () => {
  const { root, agent, trash } = world();
  mkdirSync(join(root, 'outside'));
  writeFileSync(join(root, 'outside', 'file'), 'kept');
  mkdirSync(join(agent, 'mounted dir'));
  execFileSync('mount', ['--bind', join(root, 'outside'), join(agent, 'mounted dir')]);
  try {
    await expect(moveToTrash(agent, trash, 'g')).rejects.toMatchObject({ code: 'storage-failed' });
  } finally {
    execFileSync('umount', [join(agent, 'mounted dir')]);
  }
  expect(readdirSync(join(root, 'outside'))).toEqual(['file']);
  expect(existsSync(agent)).toBe(true);
});
