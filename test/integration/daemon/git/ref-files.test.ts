/** Refs read without git, against git's own word. */
import { appendFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { lookAtFiles, rememberRefFiles } from '../../../../daemon/git/look-at-files';
import { createRefFiles } from '../../../../daemon/git/ref-files';
import { assertOid, isRefName, zeroOid, type Oid, type RefName } from '../../../../shared/ids';
import { git, tryGit } from '../../../helpers/git';
import { createRandom } from '../../../helpers/random';
import { tempDir } from '../../../helpers/temp-dir';

let folder: string;
let commits: Oid[];

beforeEach(async () => {
  folder = join(tempDir(), 'r.git');
  await git('/', ['init', '--quiet', '--bare', folder]);
  const tree = (await git(folder, ['write-tree'])).trim();
  commits = [];
  for (const message of ['one', 'two', 'three'])
    commits.push(assertOid((await git(folder, ['commit-tree', '-m', message, tree])).trim()));
});

function ref(name: string): RefName {
  if (!isRefName(name)) throw new Error(name);
  return name;
}

async function allByGit(): Promise<ReadonlyMap<string, string>> {
  const text = await git(folder, ['for-each-ref', '--format=%(refname) %(objectname)']);
  return new Map(text.split('\n').map((line) => line.split(' ') as [string, string]));
}

test.each([1, 2, 3])(
  'after each change to refs, by whichever way, a value is what git says, seed %d',
  async (seed) => {
    const random = createRandom(seed);
    const names = ['refs/heads/a', 'refs/heads/a-b', 'refs/heads/x/y', 'refs/heads/x/z/w', 'refs/tags/a'].map(
      ref,
    );
    const files = createRefFiles(folder);
    for (let round = 0; round < 40; round += 1) {
      const name = names[random.below(names.length)] ?? ref('refs/heads/a');
      const change = random.below(5);
      if (change === 0) await git(folder, ['pack-refs', '--all', '--prune']);
      else if (change === 1) await tryGit(folder, ['update-ref', '-d', name]);
      else await git(folder, ['update-ref', name, commits[random.below(commits.length)] ?? zeroOid]);
      const expected = await allByGit();
      for (const one of names) expect(files.read(one)).toBe(expected.get(one) ?? null);
    }
  },
);

test('what is no plain value is left to libgit2', async () => {
  await git(folder, ['update-ref', 'refs/heads/a', commits[0] ?? '']);
  await git(folder, ['symbolic-ref', 'refs/heads/s', 'refs/heads/a']);
  writeFileSync(join(folder, 'refs/heads/empty'), '');
  writeFileSync(join(folder, 'refs/heads/short'), '1234\n');
  const files = createRefFiles(folder);
  for (const name of ['s', 'empty', 'short']) expect(files.read(ref(`refs/heads/${name}`))).toBe('unclear');
});

test('a name below or above an existing one, loose or packed, is in its way; a lock and a neighbour are not', async () => {
  await git(folder, ['update-ref', 'refs/heads/packed/below', commits[0] ?? '']);
  await git(folder, ['pack-refs', '--all', '--prune']);
  await git(folder, ['update-ref', 'refs/heads/loose/below', commits[0] ?? '']);
  writeFileSync(join(folder, 'refs/heads/loose/below.lock'), '');
  const files = createRefFiles(folder);
  const inTheWay = (name: string) => files.conflicting(ref(`refs/heads/${name}`));
  expect(inTheWay('packed')).toBe('refs/heads/packed/below');
  expect(inTheWay('packed/below/more')).toBe('refs/heads/packed/below');
  expect(inTheWay('loose')).toBe('refs/heads/loose/below');
  expect(inTheWay('loose/below/more/still')).toBe('refs/heads/loose/below');
  expect(inTheWay('pack')).toBeNull();
  expect(inTheWay('loose/belo')).toBeNull();
  rmSync(join(folder, 'refs/heads/loose/below'));
  expect(inTheWay('loose')).toBeNull();
});

describe('what can be known from files alone', () => {
  const filesOf = rememberRefFiles();
  const look = (refs: readonly RefName[], ids: readonly Oid[]) => lookAtFiles(filesOf(folder), refs, ids);
  const [a, b, tag] = ['refs/heads/a', 'refs/heads/b', 'refs/tags/a'].map(ref) as [RefName, RefName, RefName];

  test('a branch that is made where another one is', async () => {
    await git(folder, ['update-ref', a, commits[0] ?? '']);
    const expected = { values: [null, commits[0]], types: ['commit'], checked: null };
    expect(look([b, a], commits.slice(0, 1))).toEqual(expected);
  });

  test('not the type of what only a tag names, or nothing', async () => {
    await git(folder, ['update-ref', tag, commits[0] ?? '']);
    expect(look([b, tag], commits.slice(0, 1))).toBeNull();
    expect(look([b], commits.slice(1, 2))).toBeNull();
  });

  test('nothing of a damaged ref, nor of very many, nor where no branch is', async () => {
    await git(folder, ['update-ref', a, commits[0] ?? '']);
    expect(
      look(
        Array.from({ length: 17 }, () => a),
        [],
      ),
    ).toBeNull();
    appendFileSync(join(folder, a), 'x');
    expect(look([a], [])).toBeNull();
    rmSync(join(folder, a));
    expect(look([a], [])).toBeNull();
  });
});
