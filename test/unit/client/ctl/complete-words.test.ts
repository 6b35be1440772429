import { commands } from '../../../../client/ctl/commands';
import { completeWords, type Lookup } from '../../../../client/ctl/complete-words';
import { joinBashWords } from '../../../../client/ctl/completion-scripts';

const lookup: Lookup = (kind) =>
  Promise.resolve(
    (kind === 'agent' ? ['w1', 'w2', 'x1'] : ['demo', 'docs']).map((value) => ({ value, summary: '' })),
  );

/** The last word is the one at the cursor. */
async function complete(line: string): Promise<readonly string[] | string> {
  const words = line.split(' ');
  const { directive, candidates } = await completeWords(
    commands,
    words.slice(0, -1),
    words.at(-1) ?? '',
    lookup,
  );
  return directive === 'words' ? candidates.map(({ value }) => value) : directive;
}

describe('completion offers', () => {
  test.each([
    ['a', ['agent', 'audit']],
    ['agent s', ['show', 'start', 'stop', 'stats']],
    ['--json --socket /x aud', ['audit']],
    ['agent show ', ['w1', 'w2', 'x1']],
    ['agent show w', ['w1', 'w2']],
    ['agent show w1 ', []],
    ['agent stop w1 w', ['w2']],
    ['agent create n1 --repo d', ['demo', 'docs']],
    ['agent create n1 --repo=de', ['--repo=demo']],
    ['agent create --rep', ['--repo']],
    ['agent create --network ', ['none', 'bridge']],
    ['agent remove --force --', ['--socket', '--json', '--help']],
    ['agent create --env A=1 --en', ['--env', '--ensure']],
    ['events --topic ', ['agents', 'commits', 'refs', 'denials']],
    ['completion ', ['bash', 'zsh', 'fish']],
    ['help agent cre', ['create', 'create-many']],
    ['--vers', ['--version']],
    ['agent exec w1 --wor', ['--workdir']],
  ])('for "%s": %j', async (line, expected) => {
    expect(await complete(line)).toEqual(expected);
  });

  test.each([
    ['repo add ', 'directories'],
    ['repo add --id x ./so', 'directories'],
    ['agent create-many ', 'files'],
    ['agent create a --share-auth ', 'directories'],
    ['--socket ', 'files'],
  ])('the shell\'s own for "%s": %s', async (line, expected) => {
    expect(await complete(line)).toBe(expected);
  });

  test.each([
    'agent exec w1 -- ls --',
    'agent exec w1 ls ',
    'agent git w1 ',
    'nonsense ',
    'agent nonsense x',
    '__com',
  ])('nothing for "%s"', async (line) => {
    expect(await complete(line)).toEqual([]);
  });

  test('a summary with each command and option', async () => {
    const { candidates } = await completeWords(commands, [], '', lookup);
    for (const { summary } of candidates) expect(summary).not.toBe('');
  });
});

describe('words that bash split at equals signs', () => {
  test.each([
    [['a', '--repo', '=', 'de'], ['a', '--repo=de'], '--repo='],
    [['a', '--repo', '='], ['a', '--repo='], '--repo='],
    [['--repo', '=', 'x', 'b'], ['--repo=x', 'b'], ''],
    [['a', '=', 'b'], ['a', '=', 'b'], ''],
  ])('%j are joined', (words, expected, kept) => {
    expect(joinBashWords(words)).toEqual({ words: expected, kept });
  });
});
