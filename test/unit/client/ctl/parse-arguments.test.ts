import {
  flag,
  maybe,
  one,
  optional,
  repeatable,
  required,
  rest,
  verbatim,
} from '../../../../client/ctl/option';
import { bindArguments, parseArguments } from '../../../../client/ctl/parse-arguments';
import { wholeNumber } from '../../../../client/ctl/quantities';

const shape = {
  positionals: { id: one('ID', 'the id'), more: maybe('MORE', 'more') },
  options: {
    shareAuth: optional('DIR', 'a directory'),
    count: optional('COUNT', 'a number', 'none', wholeNumber(1, 9)),
    env: repeatable('KEY=VALUE', 'a variable', 'none', (text) => text),
    force: flag('do it'),
    help: flag('help'),
  },
};
const exec = {
  positionals: { id: one('ID', 'the id'), argv: verbatim('COMMAND', 'a command', 'after-options') },
  options: { workdir: optional('DIR', 'a folder'), force: flag('do it') },
};
const git = {
  positionals: { id: one('ID', 'the id'), args: verbatim('ARGUMENT', 'arguments', 'immediate') },
  options: { force: flag('do it') },
};

function parse(
  words: string,
): ReturnType<typeof bindArguments<typeof shape.positionals, typeof shape.options>> {
  return bindArguments(shape, parseArguments(shape, words.split(' ')));
}

describe('options', () => {
  test('are understood before, between and after positionals', () => {
    expect(parse('--force a --count 3 b')).toMatchObject({ id: 'a', more: 'b', force: true, count: 3 });
  });

  test('take their value after a blank or an equals sign, also an empty one or one with more equals signs', () => {
    expect(parse('a --share-auth x')).toMatchObject({ shareAuth: 'x' });
    expect(parse('a --share-auth=x')).toMatchObject({ shareAuth: 'x' });
    expect(parse('a --share-auth=')).toMatchObject({ shareAuth: '' });
    expect(parse('a --env=K=V=W')).toMatchObject({ env: ['K=V=W'] });
    expect(parse('a --share-auth --force')).toMatchObject({ shareAuth: '--force', force: false });
  });

  test('that are repeatable keep their order, of others the last one counts', () => {
    expect(parse('a --env A=1 --env B=2 --count 1 --count 2')).toMatchObject({
      env: ['A=1', 'B=2'],
      count: 2,
    });
  });

  test('that were not given are undefined, false or empty', () => {
    expect(parse('a')).toEqual({
      id: 'a',
      more: undefined,
      shareAuth: undefined,
      count: undefined,
      env: [],
      force: false,
      help: false,
    });
  });

  test.each([
    ['a --frce', "unknown option '--frce'", 'did you mean --force?'],
    ['a --shareAuth x', "unknown option '--shareAuth'", 'did you mean --share-auth?'],
    ['a -x', "unknown option '-x'", null],
    ['a --force=yes', '--force takes no value', null],
    ['a --count', '--count needs a value: --count COUNT', null],
    ['a --count 10', "--count: not a whole number (1 to 9): '10'", null],
    ['a b c', "unexpected argument 'c'", null],
    ['--force', 'ID is missing: the id', null],
  ])('are refused with the reason: %s', (words, message, hint) => {
    expect(() => parse(words)).toThrow(expect.objectContaining({ message, hint }) as Error);
  });

  test('that must be given are missed', () => {
    const needy = { positionals: {}, options: { repo: required('REPO', 'a repository') } };
    expect(() => bindArguments(needy, parseArguments(needy, []))).toThrow('--repo REPO is missing');
  });

  test('end at two dashes', () => {
    expect(parse('-- --force -')).toMatchObject({ id: '--force', more: '-', force: false });
  });

  test('have -h as the short form of --help', () => {
    expect(parse('a -h')).toMatchObject({ help: true });
  });
});

describe('positionals', () => {
  test('of an open number take the rest', () => {
    const many = { positionals: { ids: rest('many', 'ID', 'ids') }, options: {} };
    expect(bindArguments(many, parseArguments(many, ['a', 'b', 'c']))).toEqual({ ids: ['a', 'b', 'c'] });
    expect(() => bindArguments(many, parseArguments(many, []))).toThrow('ID is missing');
  });

  test.each([
    ['a --workdir /x -- ls --force', { id: 'a', workdir: '/x', force: false, argv: ['ls', '--force'] }],
    ['a --force ls --force -- x', { force: true, argv: ['ls', '--force', '--', 'x'] }],
    ['a -- -- x', { argv: ['--', 'x'] }],
  ])('of another program are taken as they are after our options: %s', (words, expected) => {
    expect(bindArguments(exec, parseArguments(exec, words.split(' ')))).toMatchObject(expected);
  });

  test.each([
    ['a log --oneline --force', { force: false, args: ['log', '--oneline', '--force'] }],
    ['--force a --version', { force: true, args: ['--version'] }],
    ['a -- diff -- x', { args: ['diff', '--', 'x'] }],
  ])('of git are taken as they are right after the id: %s', (words, expected) => {
    expect(bindArguments(git, parseArguments(git, words.split(' ')))).toMatchObject(expected);
  });

  test('of another program must be there', () => {
    expect(() => bindArguments(exec, parseArguments(exec, ['a', '--']))).toThrow('COMMAND is missing');
    expect(() => bindArguments(git, parseArguments(git, ['a']))).toThrow('ARGUMENT is missing');
  });
});
