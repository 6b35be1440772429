import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parsePlainPack } from '../../../../daemon/git/parse-plain-pack';
import { tempDir } from '../../../helpers/temp-dir';

const limits = { objectBytes: 1_000_000, totalBytes: 2_000_000, objects: 100 };

function makePack(...options: string[]): { pack: Buffer; ids: string[] } {
  const cwd = tempDir();
  const git = (args: string[], input?: string) =>
    execFileSync('git', ['-c', 'user.name=A', '-c', 'user.email=a@b', ...args], { cwd, input });
  git(['init', '-q']);
  for (const size of [1, 20, 5000]) {
    writeFileSync(join(cwd, 'file'), 'line\n'.repeat(size));
    git(['add', '.']);
    git(['commit', '-q', '-m', `of ${size}`]);
  }
  git(['tag', '-a', '-m', 'a tag', 'v1']);
  const pack = git(['pack-objects', '--revs', '--all', '--stdout', '-q', ...options], '');
  const ids = git(['rev-list', '--objects', '--all', '--no-object-names']).toString().trim().split('\n');
  return { pack, ids };
}

test("every object of git's own pack is read, with the id that git gives it", () => {
  const { pack, ids } = makePack('--window=0');
  const objects = parsePlainPack(pack, limits);
  expect(objects?.map(({ id }) => id).sort()).toEqual([...ids].sort());
  expect(new Set(objects?.map(({ type }) => type))).toEqual(new Set(['commit', 'tree', 'blob', 'tag']));
});

test('limits of size and number are kept before anything is unpacked', () => {
  const { pack } = makePack('--window=0');
  expect(parsePlainPack(pack, { ...limits, objectBytes: 1000 })).toBeNull();
  expect(parsePlainPack(pack, { ...limits, totalBytes: 1000 })).toBeNull();
  expect(parsePlainPack(pack, { ...limits, objects: 3 })).toBeNull();
});

test('what is cut, changed or no pack at all is not read', () => {
  const { pack } = makePack('--window=0');
  for (let length = 0; length < pack.length; length += 7)
    expect(parsePlainPack(pack.subarray(0, length), limits)).toBeNull();
  const swollen = Buffer.from(pack);
  swollen.writeUInt32BE(99, 8);
  expect(parsePlainPack(swollen, limits)).toBeNull();
  expect(parsePlainPack(Buffer.from('no pack, but long enough to be looked at'), limits)).toBeNull();
});
