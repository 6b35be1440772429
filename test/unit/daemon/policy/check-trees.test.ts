import { checkTrees } from '../../../../daemon/policy/check-trees';
import type { Oid } from '../../../../shared/ids';

const idOf = (number: number) => number.toString(16).padStart(40, '0') as Oid;

function tree(...entries: (readonly [mode: string, name: string, id: Oid])[]): Buffer {
  return Buffer.concat(
    entries.flatMap(([mode, name, id]) => [
      Buffer.from(`${mode} ${name}\0`, 'latin1'),
      Buffer.from(id, 'hex'),
    ]),
  );
}

const check = (trees: Record<string, Buffer>, root = idOf(1)) =>
  checkTrees(new Map(Object.entries(trees)), [root], {
    pathDepth: 10,
    gitlinks: 'deny',
    nameProblem: (name) => (name === 'bad' ? 'is bad' : null),
  });

test('ordinary trees are fine, also when they name trees that were checked before', () => {
  const ordinary = tree(['100644', 'a', idOf(8)], ['120000', 'l', idOf(8)], ['40000', 'old', idOf(9)]);
  expect(check({ [idOf(1)]: ordinary })).toBeNull();
});

test.each([
  ['a group-writable mode', ['100664', 'a', idOf(8)], 'mode'],
  ['an unknown mode', ['107777', 'a', idOf(8)], 'mode'],
  ['a name of 5000 bytes', ['100644', 'n'.repeat(5000), idOf(8)], 'longer'],
  ['a link named .gitattributes', ['120000', '.gitattributes', idOf(8)], 'symbolic link'],
  ['a nested repository', ['160000', 'sub', idOf(8)], 'submodule'],
  ['a name that the given rule refuses', ['100644', 'bad', idOf(8)], 'is bad'],
  ['a link named .GitModules', ['120000', '.GitModules', idOf(8)], 'symbolic link'],
] as const)('%s is refused', (_what, entry, problem) => {
  expect(check({ [idOf(1)]: tree(entry) })).toContain(problem);
});

test('bytes that are not a tree are refused', () => {
  expect(check({ [idOf(1)]: Buffer.from('100644 a\0short') })).toContain('malformed');
});

test('folders deeper than the limit are refused, however few trees they are', () => {
  const chain = (length: number) =>
    Object.fromEntries(
      Array.from({ length }, (_, index) => [idOf(index + 1), tree(['40000', 'd', idOf(index + 2)])]),
    );
  expect(check(chain(11))).toBeNull();
  expect(check(chain(12))).toContain('deeper');
  // A tree bomb: every folder holds the next one ten times.
  const bomb = Object.fromEntries(
    Array.from({ length: 9 }, (_, level) => [
      idOf(level + 1),
      tree(...Array.from({ length: 10 }, (_entry, at) => ['40000', `d${at}`, idOf(level + 2)] as const)),
    ]),
  );
  expect(check(bomb)).toBeNull();
});
