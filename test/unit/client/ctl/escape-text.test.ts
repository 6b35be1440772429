import { escapeJson, escapeLine, escapeText } from '../../../../client/ctl/escape-text';

/** Moves the cursor, recolours, reorders, hides: ESC, CSI, BEL, DEL, RLO, LRI, zero-width, tag, line separator. */
const hostile = 'a\x1b[2Jb\x9bc\x07d\x7fe\u202ef\u2066g\u200bh\u{e0041}i\u2028j\ud800';

describe('text from agents', () => {
  test('shows every control and bidi character in a line instead of sending it', () => {
    expect(escapeLine(hostile)).toBe(
      'a\\x1b[2Jb\\x9bc\\x07d\\x7fe\\u{202e}f\\u{2066}g\\u{200b}h\\u{e0041}i\\u{2028}j\\u{d800}',
    );
    expect(escapeLine('one\r\ntwo\tthree\0')).toBe('one\\r\\ntwo\\tthree\\x00');
  });

  test('keeps its lines and tabs where several lines are shown', () => {
    expect(escapeText('one\r\ntwo\tthree\rfour\x1b')).toBe('one\ntwo\tthree\\rfour\\x1b');
  });

  test('is left alone where it is harmless', () => {
    const harmless = 'Grüße, 世界 — naïve 🎉 \\x1b C:\\';
    expect(escapeLine(harmless)).toBe(harmless);
  });

  test('means the same as JSON, which holds none of them raw', () => {
    const value = { [hostile]: [hostile, 'x\n', 1, null] };
    for (const indent of [0, 2]) {
      const json = escapeJson(value, indent);
      expect(JSON.parse(json)).toEqual(value);
      expect(json).not.toMatch(/[\p{Cf}\p{Cs}\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028\u2029]/u);
    }
  });
});
