import type { CommitOptions } from '../../../../daemon/commit/commit-options';
import { parseOptions } from '../../../../daemon/commit/parse-options';
import { refused, understood } from './option-lines';

function parsed(...args: readonly string[]): Partial<CommitOptions> | 'unclear' {
  const result = parseOptions(args);
  if (result.kind === 'unclear') return 'unclear';
  const empty = parseOptions([]);
  const defaults = empty.kind === 'options' ? Object.entries(empty.options) : [];
  const known = new Map<string, unknown>(defaults);
  const changed = Object.entries(result.options).filter(
    ([name, value]) => JSON.stringify(value) !== JSON.stringify(known.get(name)),
  );
  return Object.fromEntries(changed);
}

describe('the options of git commit', () => {
  test.each(understood.map(([args, options]) => [args.join(' '), args, options] as const))(
    'are understood: %s',
    (_line, args, options) => {
      expect(parsed(...args)).toEqual(options);
    },
  );

  test.each(refused.map((args) => [args.join(' '), args] as const))('are left to git: %s', (_line, args) => {
    const result = parseOptions(args);
    expect(result.kind === 'unclear' || result.options.isForGit).toBe(true);
  });

  test('tell of a signature even when they contradict each other', () => {
    expect(parsed('-S', '-m', 'x', '-F', 'y')).toMatchObject({ gpgSign: true, isForGit: true });
  });

  test('end where git sees their end', () => {
    expect(parseOptions(['-m', '--', '-a', '--', 'x'])).toMatchObject({ options: { isForGit: true } });
    expect(parseOptions(['-m', '--', '-q', '--', 'x'])).toMatchObject({ end: 3 });
    expect(parseOptions(['-m', 'x', 'y'])).toMatchObject({ end: 3 });
  });

  test('in great number are read in linear time', () => {
    const many = Array.from({ length: 20_000 }, () => '--trailer=a:b');
    const result = parseOptions(many);
    expect(result.kind === 'options' && result.options.trailers.length).toBe(20_000);
  });

  test('that name members of objects are unknown', () => {
    for (const name of ['--constructor', '--__proto__', '--toString']) expect(parsed(name)).toBe('unclear');
  });
});
