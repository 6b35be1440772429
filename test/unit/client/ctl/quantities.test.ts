import {
  formatAge,
  formatBytes,
  formatCount,
  parseCores,
  parseSize,
  wholeNumber,
} from '../../../../client/ctl/quantities';

describe('a size', () => {
  test.each([
    ['536870912', 536870912],
    ['512m', 536870912],
    ['512MiB', 536870912],
    ['1.5g', 1610612736],
    ['2GB', 2147483648],
    ['64 k', 65536],
  ])('of %s is %d bytes', (text, bytes) => {
    expect(parseSize(text)).toBe(bytes);
  });

  test.each(['', 'm', '-1m', '1e9', '1x', '1,5g', 'NaN'])('is not read from %p', (text) => {
    expect(() => parseSize(text)).toThrow('not a size');
  });

  test.each([
    [0, '0 B'],
    [999, '999 B'],
    [1024, '1.0 KiB'],
    [65536, '64 KiB'],
    [1023 * 1024, '1.0 MiB'],
    [1610612736, '1.5 GiB'],
    [5 * 1024 ** 5, '5120 TiB'],
  ])('of %d bytes is written %s', (bytes, text) => {
    expect(formatBytes(bytes)).toBe(text);
  });
});

describe('a number', () => {
  test('of cores may be a fraction, never nothing or less', () => {
    expect(parseCores('1.5')).toBe(1.5);
    expect(parseCores('.5')).toBe(0.5);
    for (const text of ['0', '-1', '1e3', 'two', '']) expect(() => parseCores(text)).toThrow('CPU cores');
  });

  test('that must be whole is checked against its range', () => {
    expect(wholeNumber(1, 9)('9')).toBe(9);
    for (const text of ['0', '10', '1.5', '0x1', ' 1', '']) {
      expect(() => wholeNumber(1, 9)(text)).toThrow('1 to 9');
    }
    expect(() => wholeNumber(16)('1')).toThrow('16 or more');
  });

  test('decides the plural', () => {
    expect([formatCount(1, 'commit'), formatCount(0, 'commit')]).toEqual(['1 commit', '0 commits']);
  });
});

test.each([
  ['2025-01-01T00:00:00Z', 'just now'],
  ['2024-12-31T23:58:59Z', '1 minute ago'],
  ['2024-12-31T21:00:00Z', '3 hours ago'],
  ['2024-12-17T00:00:00Z', '2 weeks ago'],
  ['2022-12-01T00:00:00Z', '2 years ago'],
  ['2026-01-01T00:00:00Z', 'just now'],
  ['not a time', 'not a time'],
])('the age of %s is "%s"', (time, expected) => {
  expect(formatAge(time, new Date('2025-01-01T00:00:00Z'))).toBe(expected);
});
