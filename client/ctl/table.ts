/** Aligned text for people: tables and name-value lists. It escapes every cell, so callers hand over raw values. */
import { escapeLine } from './escape-text';
import type { Style } from './style';
import { textWidth, truncateText } from './text-width';

export interface Column<Row> {
  readonly header: string;
  readonly value: (row: Row) => string;
  readonly align?: 'left' | 'right';
  /** Gets the escaped and padded cell. */
  readonly paint?: (style: Style, cell: string, row: Row) => string;
  /** May be cut when the terminal is narrow; other columns never are. */
  readonly canShrink?: boolean;
}

const gap = '  ';
const narrowest = 8;

/** A header line and one line per row, each ended by a line feed. */
export function renderTable<Row>(
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  style: Style,
): string {
  const cells = rows.map((row) => columns.map((column) => escapeLine(column.value(row))));
  const natural = columns.map((column, index) =>
    Math.max(column.header.length, ...cells.map((line) => textWidth(line[index] ?? ''))),
  );
  const widths = fitWidths(columns, natural, style.columns);
  const header = columns.map((column, index) =>
    style.paint('bold', padCell(column, column.header, widths[index])),
  );
  const lines = rows.map((row, line) =>
    columns.map((column, index) => {
      const cell = padCell(column, cells[line]?.[index] ?? '', widths[index]);
      return column.paint === undefined ? cell : column.paint(style, cell, row);
    }),
  );
  return [header, ...lines].map((line) => `${line.join(gap).trimEnd()}\n`).join('');
}

/** Lines of `name  value`; a value of several lines is continued below itself, null values are left out. */
export function renderFields(fields: readonly (readonly [string, string | null])[], style: Style): string {
  const present = fields.filter((field): field is readonly [string, string] => field[1] !== null);
  const width = Math.max(0, ...present.map(([name]) => name.length));
  return present
    .map(
      ([name, value]) =>
        `${style.paint('bold', name.padEnd(width))}${gap}${escapeLine(value)}`.trimEnd() + '\n',
    )
    .join('');
}

/** Takes what is too much from the shrinkable columns, the widest first. */
function fitWidths<Row>(
  columns: readonly Column<Row>[],
  natural: readonly number[],
  available: number | null,
): readonly number[] {
  const widths = [...natural];
  if (available === null) return widths;
  let excess = widths.reduce((sum, width) => sum + width, gap.length * (widths.length - 1)) - available;
  while (excess > 0) {
    let widest = -1;
    for (const [index, column] of columns.entries()) {
      const width = widths[index] ?? 0;
      if (column.canShrink && width > narrowest && width > (widths[widest] ?? 0)) widest = index;
    }
    const width = widths[widest];
    if (width === undefined) break;
    widths[widest] = width - 1;
    excess -= 1;
  }
  return widths;
}

function padCell<Row>(column: Column<Row>, text: string, width = 0): string {
  const cut = truncateText(text, width);
  const padding = ' '.repeat(Math.max(0, width - textWidth(cut)));
  return column.align === 'right' ? padding + cut : cut + padding;
}
