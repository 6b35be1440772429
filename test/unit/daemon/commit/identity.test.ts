import { formPerson, splitPerson } from '../../../../daemon/commit/identity';

describe('names and addresses', () => {
  test('lose what git calls crud', () => {
    expect(formPerson(' "A, B". ', '<a@b>,')).toEqual({ name: 'A, B', email: 'a@b' });
    expect(formPerson('A<b>\nC', 'a\n@b')).toEqual({ name: 'AbC', email: 'a@b' });
    expect(formPerson("d'Arc'", '')).toEqual({ name: "d'Arc", email: '' });
  });

  test('need a name', () => {
    expect(formPerson('', 'a@b')).toBeNull();
    expect(formPerson('.;,', 'a@b')).toBeNull();
  });

  test.each([
    ['A <a@b>', { name: 'A', email: 'a@b' }],
    ['A<a>', { name: 'A', email: 'a' }],
    ['<a>', { name: '', email: 'a' }],
    ['A B  <a> trailing', { name: 'A B', email: 'a' }],
    ['A <a', null],
    ['A', null],
    ['>A<', null],
  ])('are split: %s', (text, person) => {
    expect(splitPerson(text)).toEqual(person);
  });

  test('are handled in linear time', () => {
    expect(formPerson(`${'.'.repeat(500_000)}a${' '.repeat(500_000)}`, '')).toMatchObject({ name: 'a' });
    expect(splitPerson(`${' '.repeat(500_000)}<`)).toBeNull();
  });
});
