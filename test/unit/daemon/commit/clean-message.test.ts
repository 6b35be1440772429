import {
  cleanMessage,
  cleanupMode,
  commentCharacter,
  isEmptyMessage,
  locateCutLine,
  skipEmptyLines,
  stripSpace,
  subjectOf,
} from '../../../../daemon/commit/clean-message';

const cut = '# ------------------------ >8 ------------------------\n';

describe('the clean-up of messages', () => {
  test('takes blanks at the ends of lines, empty lines at both ends and repeated ones', () => {
    expect(stripSpace('\n \n a \t\n\n\n\nb\r\n\n', null)).toBe(' a\n\nb\n');
    expect(stripSpace('a', null)).toBe('a\n');
    expect(stripSpace('', null)).toBe('');
    expect(stripSpace(' \n\t\n', null)).toBe('');
    expect(stripSpace('a\f\n', null)).toBe('a\f\n');
  });

  test('takes comments only when it is asked to', () => {
    expect(stripSpace('# a\nb\n #c\n', '#')).toBe('b\n #c\n');
    expect(stripSpace('# a\nb\n', null)).toBe('# a\nb\n');
    expect(stripSpace('a\n# x\nb', '#')).toBe('a\nb\n');
    expect(stripSpace(';a\n#b', ';')).toBe('#b\n');
  });

  test('cuts at the scissors when they apply', () => {
    expect(cleanMessage(`a\n${cut}b`, 'whitespace', '#', false)).toBe(`a\n${cut}b\n`);
    expect(cleanMessage(`a\n${cut}b`, 'whitespace', '#', true)).toBe('a\n');
    expect(cleanMessage(`a\n${cut}b`, 'scissors', '#', false)).toBe('a\n');
    expect(cleanMessage(`a\n${cut}b`, 'verbatim', '#', true)).toBe('a\n');
    expect(locateCutLine(`${cut}b`, '#')).toBe(0);
    expect(locateCutLine(`a ${cut}b`, '#')).toBe(`a ${cut}b`.length);
    expect(locateCutLine(`a\n${cut}b`, ';')).toBe(`a\n${cut}b`.length);
  });

  test('depends on the editor by default', () => {
    expect(cleanupMode(null, false)).toBe('whitespace');
    expect(cleanupMode('default', true)).toBe('strip');
    expect(cleanupMode('scissors', false)).toBe('whitespace');
    expect(cleanupMode('scissors', true)).toBe('scissors');
    expect(cleanupMode('verbatim', true)).toBe('verbatim');
  });

  test('is linear in long lines of blanks', () => {
    const text = `${' '.repeat(500_000)}x${'\n \t'.repeat(200_000)}`;
    expect(stripSpace(text, '#')).toHaveLength(500_002);
    expect(isEmptyMessage(text, 'strip')).toBe(false);
    expect(subjectOf(text)).toHaveLength(500_001);
  });
});

describe('an empty message', () => {
  test('has nothing but blanks and sign-offs', () => {
    for (const text of ['', '\n', ' \t\n', 'Signed-off-by: A <a>\n', '\nSigned-off-by: A <a>\n  \n'])
      expect(isEmptyMessage(text, 'strip')).toBe(true);
    for (const text of ['a', ' Signed-off-by: A', 'Signed-off-by:A', 'Acked-by: A'])
      expect(isEmptyMessage(text, 'strip')).toBe(false);
  });

  test('may be anything when it is taken as it is', () => {
    expect(isEmptyMessage('\n', 'verbatim')).toBe(false);
    expect(isEmptyMessage('', 'verbatim')).toBe(true);
  });
});

describe('the comment character', () => {
  test('is chosen so that no line begins with it', () => {
    expect(commentCharacter('auto', 'a\nb')).toBe('#');
    expect(commentCharacter('auto', 'a # b')).toBe('#');
    expect(commentCharacter('auto', '# a\n; b')).toBe('@');
    expect(commentCharacter('auto', 'a\r#b\n;')).toBe('@');
    expect(commentCharacter('auto', '#\n;\n@\n!\n$\n%\n^\n&\n|\n:')).toBeNull();
  });

  test('is the configured one otherwise', () => {
    expect(commentCharacter(null, '# a')).toBe('#');
    expect(commentCharacter(';', '; a')).toBe(';');
  });
});

describe('the subject', () => {
  test('is the first paragraph in one line', () => {
    expect(subjectOf('a  \n b\n\nc')).toBe('a  b');
    expect(subjectOf('\n \n\ta\n')).toBe('\ta');
    expect(subjectOf('')).toBe('');
    expect(subjectOf('\n\n')).toBe('');
    expect(skipEmptyLines(' \n\nx\n')).toBe(3);
  });
});
