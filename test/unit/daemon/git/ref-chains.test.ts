/** Which records of the journal were really done, told from the values of refs after a crash. */
import { refKey, sortOut, type JournaledMove } from '../../../../daemon/git/ref-chains';
import { zeroOid, type Oid, type RefName } from '../../../../shared/ids';

const [one, two, three, other] = ['1', '2', '3', '9'].map((digit) => digit.repeat(40) as Oid) as [
  Oid,
  Oid,
  Oid,
  Oid,
];
const repository = '/r.git';
const ref = (name: string) => `refs/heads/${name}` as RefName;

function record(seq: number, ...updates: readonly (readonly [string, Oid, Oid])[]): JournaledMove {
  return {
    seq,
    gitDirectory: repository,
    updates: updates.map(([name, old, target]) => ({ ref: ref(name), old, new: target })),
  };
}

function sort(
  moves: readonly JournaledMove[],
  now: Readonly<Record<string, Oid>>,
  more: { readonly done?: readonly number[]; readonly damaged?: readonly string[] } = {},
) {
  const key = (name: string) => refKey(repository, ref(name));
  const { accepted, refused, destinations } = sortOut(moves, {
    done: new Set(more.done),
    damaged: new Set(more.damaged?.map(key)),
    current: new Map(Object.entries(now).map(([name, value]) => [key(name), value])),
  });
  return {
    accepted: accepted.map(({ seq }) => seq),
    refused: refused.map(({ seq }) => seq),
    last: (name: string) => destinations.get(key(name))?.values.at(-1),
  };
}

test('a move that was swapped and one that was not are both done', () => {
  expect(sort([record(1, ['a', one, two])], { a: one })).toMatchObject({ accepted: [1], refused: [] });
  expect(sort([record(1, ['a', one, two])], { a: two })).toMatchObject({ accepted: [1], refused: [] });
});

test('a refused transaction without its mark is left out with all its refs', () => {
  const moves = [record(1, ['a', one, two], ['b', zeroOid, two])];
  const sorted = sort(moves, { a: other });
  expect(sorted).toMatchObject({ accepted: [], refused: [1] });
  expect(sorted.last('b')).toBeUndefined();
});

test('a refused move after an accepted one of the same ref is left out', () => {
  const sorted = sort([record(1, ['a', one, two]), record(2, ['a', other, three])], { a: two });
  expect(sorted).toMatchObject({ accepted: [1], refused: [2] });
  expect(sorted.last('a')).toBe(two);
});

test('moves that follow each other are done also when a power loss took the ref back to the first', () => {
  const sorted = sort([record(1, ['a', one, two]), record(2, ['a', two, three])], { a: one });
  expect(sorted).toMatchObject({ accepted: [1, 2], refused: [] });
  expect(sorted.last('a')).toBe(three);
});

test('a move that another one follows was done, wherever the ref is now', () => {
  const moves = [record(1, ['a', one, two]), record(2, ['a', two, three])];
  expect(sort(moves, { a: three }).accepted).toEqual([1, 2]);
});

test('what the audit log tells was done, even if somebody moved the ref by hand since', () => {
  expect(sort([record(1, ['a', one, two])], { a: other }, { done: [1] }).accepted).toEqual([1]);
});

test('a ref whose file was emptied by a power loss gets its value again', () => {
  const sorted = sort([record(1, ['a', one, two])], { a: zeroOid }, { damaged: ['a'] });
  expect(sorted.accepted).toEqual([1]);
  expect(sorted.last('a')).toBe(two);
});
