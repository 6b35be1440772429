import { formPerson, splitPerson } from '../../../../daemon/commit/identity';

describe('names and addresses', () => {
  test('lose what git calls crud', () => {
    expect(formPerson(' "A, B". ', '<a@b>,')).toEqual({
      kind: 'person',
      person: { name: 'A, B', email: 'a@b' },
    });
    expect(formPerson('A<b>\nC', 'a\n@b')).toMatchObject({ person: { name: 'AbC', email: 'a@b' } });
    expect(formPerson("d'Arc'", '')).toMatchObject({ person: { name: "d'Arc", email: '' } });
  });

  test('need a name', () => {
    expect(formPerson('', 'a@b')).toEqual({
      kind: 'refused',
      reason: 'empty ident name (for <a@b>) not allowed',
    });
    expect(formPerson('.;,', 'a@b')).toEqual({
      kind: 'refused',
      reason: 'name consists only of disallowed characters: .;,',
    });
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
    expect(formPerson(`${'.'.repeat(500_000)}a${' '.repeat(500_000)}`, '')).toMatchObject({
      person: { name: 'a' },
    });
    expect(splitPerson(`${' '.repeat(500_000)}<`)).toBeNull();
  });
});
