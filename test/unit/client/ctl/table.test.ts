import type { Style } from '../../../../client/ctl/style';
import { renderFields, renderTable, type Column } from '../../../../client/ctl/table';
import { textWidth, truncateText } from '../../../../client/ctl/text-width';

const plain: Style = { paint: (_colour, text) => text, columns: null, now: new Date(0) };
const coloured: Style = { ...plain, paint: (colour, text) => `<${colour}>${text}</>` };

interface Row {
  readonly name: string;
  readonly count: number;
  readonly note: string;
}
const columns: readonly Column<Row>[] = [
  { header: 'NAME', value: ({ name }) => name, canShrink: true },
  { header: 'COUNT', value: ({ count }) => String(count), align: 'right' },
  { header: 'NOTE', value: ({ note }) => note, canShrink: true },
];

describe('a table', () => {
  test('is aligned, right where asked, without blanks at line ends', () => {
    const rows = [
      { name: 'a', count: 1, note: 'x' },
      { name: 'long-name', count: 1000, note: '' },
    ];
    expect(renderTable(columns, rows, plain)).toBe(
      ['NAME       COUNT  NOTE', 'a              1  x', 'long-name   1000', ''].join('\n'),
    );
  });

  test('stays aligned with wide, combining and hostile characters', () => {
    const rows = [
      { name: '世界', count: 1, note: 'n' },
      { name: 'e\u0301', count: 2, note: 'n' },
      { name: '\x1b]0;x', count: 3, note: 'n\n' },
    ];
    expect(renderTable(columns, rows, plain)).toBe(
      [
        'NAME      COUNT  NOTE',
        '世界          1  n',
        'e\u0301             2  n',
        '\\x1b]0;x      3  n\\n',
        '',
      ].join('\n'),
    );
  });

  test('is cut to the terminal, the widest shrinkable column first', () => {
    const rows = [{ name: 'n'.repeat(30), count: 5, note: 'o'.repeat(12) }];
    const [header, line] = renderTable(columns, rows, { ...plain, columns: 40 }).split('\n');
    expect(textWidth(line ?? '')).toBe(40);
    expect(header?.length).toBeLessThanOrEqual(40);
    expect(line).toBe(`${'n'.repeat(18)}…      5  ${'o'.repeat(12)}`);
  });

  test('keeps what can not shrink even when the terminal is too narrow', () => {
    const rows = [{ name: 'n'.repeat(30), count: 123456789, note: 'o'.repeat(30) }];
    expect(renderTable(columns, rows, { ...plain, columns: 10 })).toContain('123456789');
  });

  test('is not cut when it goes to a program', () => {
    const rows = [{ name: 'n'.repeat(300), count: 5, note: '' }];
    expect(renderTable(columns, rows, plain)).toContain('n'.repeat(300));
  });

  test('paints padded cells, so that colours do not break the alignment', () => {
    const painted: readonly Column<Row>[] = [
      { header: 'NAME', value: ({ name }) => name, paint: (style, cell) => style.paint('red', cell) },
      { header: 'NOTE', value: ({ note }) => note },
    ];
    expect(renderTable(painted, [{ name: 'a', count: 1, note: 'x' }], coloured)).toBe(
      '<bold>NAME</>  <bold>NOTE</>\n<red>a   </>  x\n',
    );
  });
});

describe('a list of fields', () => {
  test('is aligned, leaves out null and escapes values', () => {
    const fields = [
      ['id', 'w1'],
      ['error', null],
      ['repository', 'x\u202ey'],
    ] as const;
    expect(renderFields(fields, plain)).toBe('id          w1\nrepository  x\\u{202e}y\n');
  });
});

test('text is cut before a wide character that would not fit', () => {
  expect(truncateText('世界人', 4)).toBe('世…');
  expect(truncateText('abc', 3)).toBe('abc');
});
