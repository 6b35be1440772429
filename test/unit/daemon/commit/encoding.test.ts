import { decodeText, encodeText, isUtf8Name, repairUtf8 } from '../../../../daemon/commit/encoding';

const bytes = (text: string): string => Buffer.from(text, 'utf8').toString('latin1');

describe('the encoding of messages', () => {
  test('is left alone when it is UTF-8', () => {
    for (const text of ['', 'plain', bytes('é€😀'), bytes('\u07ff\u0800\ud7ff\ue000\ufffd')])
      expect(repairUtf8(text)).toEqual({ text, wasValid: true });
  });

  test.each([
    ['a byte of Latin-1', 'caf\xe9', bytes('café')],
    ['a lone continuation', '\x80', bytes('\x80')],
    ['an overlong form', '\xc0\xaf', bytes('\xc0\xaf')],
    ['a surrogate', '\xed\xa0\x80', bytes('\xed\xa0\x80')],
    ['a non-character', '\xef\xbf\xbf', bytes('\xef\xbf\xbf')],
    ['a sequence that is cut off', 'a\xe2\x82', bytes('a\xe2\x82')],
    ['what is beyond Unicode', '\xf4\x90\x80\x80', bytes('\xf4\x90\x80\x80')],
  ])('is repaired: %s', (_name, text, repaired) => {
    expect(repairUtf8(text)).toEqual({ text: repaired, wasValid: false });
  });

  test('keeps what is valid between what is not', () => {
    expect(repairUtf8(`\xff${bytes('€')}\xff!`).text).toBe(bytes('ÿ€ÿ!'));
    expect(decodeText(`\xff${bytes('€')}`)).toBe('ÿ€');
    expect(encodeText('ÿ€')).toBe(bytes('ÿ€'));
  });

  test('is repaired in linear time', () => {
    expect(repairUtf8('\xff'.repeat(500_000)).text).toHaveLength(1_000_000);
  });

  test('has names in several spellings', () => {
    expect(['UTF-8', 'utf8', 'Utf-8'].every(isUtf8Name)).toBe(true);
    expect(isUtf8Name('ISO-8859-1')).toBe(false);
  });
});
