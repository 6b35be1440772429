import { blobsOf, parseRawDiff } from '../../../../daemon/commit/raw-diff';

const a = 'a'.repeat(40);
const b = 'b'.repeat(40);
const zero = '0'.repeat(40);

describe('the raw output of git diff-index', () => {
  test('gives changes and the summary behind them', () => {
    const text = [
      `:100644 100755 ${a} ${b} M\0changed\0`,
      `:000000 100644 ${zero} ${b} A\0dir/new\0`,
      `:100644 000000 ${a} ${zero} D\0gone\0`,
      `:100644 120000 ${a} ${b} T\0link\0`,
      ' 4 files changed\n mode change\n',
    ].join('');
    expect(parseRawDiff(text)).toEqual({
      changes: [
        { kind: 'put', path: 'changed', mode: '100755', id: b },
        { kind: 'put', path: 'dir/new', mode: '100644', id: b },
        { kind: 'delete', path: 'gone' },
        { kind: 'put', path: 'link', mode: '120000', id: b },
      ],
      isUnmerged: false,
      summary: ' 4 files changed\n mode change\n',
    });
  });

  test('takes a rename apart, and a copy', () => {
    const text = `:100644 100644 ${a} ${b} R087\0old\0new\0:100644 100644 ${a} ${a} C100\0from\0to\0`;
    expect(parseRawDiff(text)?.changes).toEqual([
      { kind: 'delete', path: 'old' },
      { kind: 'put', path: 'new', mode: '100644', id: b },
      { kind: 'put', path: 'to', mode: '100644', id: a },
    ]);
  });

  test('keeps a new file in the place of a renamed one, in either order', () => {
    const renamed = `:100644 100644 ${a} ${a} R100\0old\0new\0`;
    const put = `:000000 100644 ${zero} ${b} A\0old\0`;
    for (const text of [renamed + put, put + renamed])
      expect(parseRawDiff(text)?.changes).toContainEqual({ kind: 'put', path: 'old', mode: '100644', id: b });
    expect(parseRawDiff(put + renamed)?.changes).toHaveLength(2);
  });

  test('tells conflicts', () => {
    expect(parseRawDiff(`:100644 000000 ${a} ${zero} U\0both\0`)).toMatchObject({
      isUnmerged: true,
      changes: [],
    });
  });

  test('may be empty', () => {
    expect(parseRawDiff('')).toEqual({ changes: [], isUnmerged: false, summary: '' });
  });

  test('leaves no path out, however odd', () => {
    const path = ':100644 \n\t"\xff';
    const text = `:000000 100644 ${zero} ${b} A\0${path}\0`;
    expect(parseRawDiff(text)?.changes).toEqual([{ kind: 'put', path, mode: '100644', id: b }]);
  });

  test.each([
    ['no path', `:100644 100644 ${a} ${b} M\0`],
    ['a path without an end', `:100644 100644 ${a} ${b} M\0path`],
    ['one path of a rename', `:100644 100644 ${a} ${b} R100\0old\0new`],
    ['a short id', `:100644 100644 ${a} ${b.slice(1)} M\0path\0`],
    ['an id in capitals', `:100644 100644 ${a} ${b.toUpperCase()} M\0path\0`],
    ['a mode of a folder', `:100644 040000 ${a} ${b} M\0path\0`],
    ['a mode nobody knows', `:100644 100664 ${a} ${b} M\0path\0`],
    ['an unknown status', `:100644 100644 ${a} ${b} X\0path\0`],
    ['a header without an end', `:100644 100644 ${a} ${b} M`],
    ['a very long header', `:${'1'.repeat(100_000)}\0path\0`],
    ['something else', ':\0\0\0'],
  ])('is refused with %s', (_name, text) => {
    expect(parseRawDiff(text)).toBeNull();
  });

  test('names the blobs that are needed, not the submodules', () => {
    const text = `:000000 160000 ${zero} ${a} A\0module\0:000000 100644 ${zero} ${b} A\0file\0`;
    expect([...blobsOf(parseRawDiff(text)?.changes ?? [])]).toEqual([b]);
  });
});
