import { shownPath, splitPathspecs } from '../../../../daemon/commit/pathspec-file';

describe('a list of pathspecs', () => {
  test('has one per line', () => {
    expect(splitPathspecs('a\nb c\r\n\n', false)).toEqual(['a', 'b c', '']);
    expect(splitPathspecs('', false)).toEqual([]);
    expect(splitPathspecs('last', false)).toEqual(['last']);
  });

  test('may be separated by NUL', () => {
    expect(splitPathspecs('a\n"\0b\0', true)).toEqual(['a\n"', 'b']);
  });

  test('may hold quoted ones', () => {
    expect(splitPathspecs('"a\\tb\\"\\\\\\303\\251"\n', false)).toEqual(['a\tb"\\\xc3\xa9']);
  });

  test.each(['"open', '"end"more', '"\\x41"', '"\\', '"\\9"'])('is refused with %s', (line) => {
    expect(splitPathspecs(`${line}\n`, false)).toEqual({ badLine: line });
  });

  test('is named as git would', () => {
    expect(shownPath('dir/', 'x')).toBe('dir/x');
    expect(shownPath('dir/', '/x')).toBe('/x');
    expect(shownPath('dir/', '-')).toBe('-');
  });
});
