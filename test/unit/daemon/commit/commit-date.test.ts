import {
  formatDate,
  formatRawDate,
  parseRawDate,
  parseStoredDate,
  parseTimezone,
} from '../../../../daemon/commit/commit-date';

describe('dates of commits', () => {
  test.each([
    ['1112904793 +0200', { time: 1112904793, offset: 120 }],
    ['@1112904793 -0330', { time: 1112904793, offset: -210 }],
    ['@1112904793 -0000', { time: 1112904793, offset: 0 }],
    ['@0 +0000', { time: 0, offset: 0 }],
    ['1112904793', null],
    ['12 +0200', null],
    ['1112904793 +9999', null],
    ['1112904793 +0160', null],
    ['-1112904793 +0200', null],
    ['2005-04-07', null],
  ])('are read in the raw format: %s', (text, date) => {
    expect(parseRawDate(text)).toEqual(date);
  });

  test('are read as git prints them', () => {
    expect(parseStoredDate('10 -0100')).toEqual({ time: 10, offset: -60 });
    expect(parseStoredDate('@10 -0100')).toBeNull();
  });

  test.each(['', 'UTC', '+200', '+1500', '+0061', '0200'])('have no zone %j', (zone) => {
    expect(parseTimezone(zone)).toBeNull();
  });

  test.each([
    [{ time: 1112904793, offset: 120 }, 'Thu Apr 7 22:13:13 2005 +0200', '1112904793 +0200'],
    [{ time: 0, offset: -1 }, 'Wed Dec 31 23:59:00 1969 -0001', '0 -0001'],
    [{ time: 1700000000, offset: 330 }, 'Wed Nov 15 03:43:20 2023 +0530', '1700000000 +0530'],
    [{ time: 999999999999, offset: 0 }, 'Fri Sep 27 01:46:39 33658 +0000', '999999999999 +0000'],
  ])('are written: %j', (date, long, raw) => {
    expect(formatDate(date)).toBe(long);
    expect(formatRawDate(date)).toBe(raw);
  });
});
