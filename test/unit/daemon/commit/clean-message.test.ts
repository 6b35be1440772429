import {
  cleanMessage,
  cleanupMode,
  isEmptyMessage,
  locateCutLine,
  skipEmptyLines,
  stripSpace,
  subjectOf,
} from '../../../../daemon/commit/clean-message';

const cut = '# ------------------------ >8 ------------------------\n';

describe('the clean-up of messages', () => {
  test('takes blanks at the ends of lines, empty lines at both ends and repeated ones', () => {
    expect(stripSpace('\n \n a \t\n\n\n\nb\r\n\n', false)).toBe(' a\n\nb\n');
    expect(stripSpace('a', false)).toBe('a\n');
    expect(stripSpace('', false)).toBe('');
    expect(stripSpace(' \n\t\n', false)).toBe('');
    expect(stripSpace('a\f\n', false)).toBe('a\f\n');
  });

  test('takes comments only when it is asked to', () => {
    expect(stripSpace('# a\nb\n #c\n', true)).toBe('b\n #c\n');
    expect(stripSpace('# a\nb\n', false)).toBe('# a\nb\n');
    expect(stripSpace('a\n# x\nb', true)).toBe('a\nb\n');
  });

  test('leaves a cut line alone, and finds it', () => {
    expect(cleanMessage(`a\n${cut}b`, 'whitespace')).toBe(`a\n${cut}b\n`);
    expect(cleanMessage(' a\n\n\n', 'verbatim')).toBe(' a\n\n\n');
    expect(cleanMessage('# a\nb', 'strip')).toBe('b\n');
    expect(locateCutLine(`${cut}b`)).toBe(0);
    expect(locateCutLine(`a ${cut}b`)).toBe(`a ${cut}b`.length);
    expect(locateCutLine(`a\n${cut}b`)).toBe(2);
  });

  test('is of the kind that counts without an editor', () => {
    for (const name of [null, 'default', 'scissors', 'whitespace'])
      expect(cleanupMode(name)).toBe('whitespace');
    expect(cleanupMode('verbatim')).toBe('verbatim');
    expect(cleanupMode('strip')).toBe('strip');
    expect(cleanupMode('wrong')).toBeNull();
  });

  test('is linear in long lines of blanks', () => {
    const text = `${' '.repeat(500_000)}x${'\n \t'.repeat(200_000)}`;
    expect(stripSpace(text, true)).toHaveLength(500_002);
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

describe('the subject', () => {
  test('is the first paragraph in one line', () => {
    expect(subjectOf('a  \n b\n\nc')).toBe('a  b');
    expect(subjectOf('\n \n\ta\n')).toBe('\ta');
    expect(subjectOf('')).toBe('');
    expect(subjectOf('\n\n')).toBe('');
    expect(skipEmptyLines(' \n\nx\n')).toBe(3);
  });
});
