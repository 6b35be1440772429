import { findNearest } from '../../../../client/ctl/nearest';

describe('the nearest known word', () => {
  const known = ['create', 'create-many', 'list', 'show', 'remove', 'restore'];

  test.each([
    ['creat', 'create'],
    ['lsit', 'list'],
    ['remvoe', 'remove'],
    ['shw', 'show'],
    ['create-mny', 'create-many'],
  ])('for %s is %s', (word, expected) => {
    expect(findNearest(word, known)).toBe(expected);
  });

  test('is the only one that begins with a word that was cut short', () => {
    expect(findNearest('resto', known)).toBe('restore');
    expect(findNearest('--rem', ['--removed', '--repo'])).toBe('--removed');
  });

  test('is none when nothing is near', () => {
    expect(findNearest('frobnicate', known)).toBeNull();
    expect(findNearest('', known)).toBeNull();
  });
});
