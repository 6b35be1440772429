import {
  agentOptions,
  parseIdentity,
  parseMount,
  parseVariable,
  toAgentOptions,
} from '../../../../client/ctl/agent-options';
import { bindArguments, parseArguments } from '../../../../client/ctl/parse-arguments';

function toParams(...words: string[]): unknown {
  const shape = { positionals: {}, options: agentOptions };
  return toAgentOptions(bindArguments(shape, parseArguments(shape, words)), '/home/me');
}

describe('the options of an agent', () => {
  test('send nothing that was not given', () => {
    expect(toParams()).toEqual({});
  });

  test('become what agent.create takes, with absolute host paths', () => {
    expect(
      toParams(
        ...['--base', 'main', '--image', 'img:1', '--author', 'Ann O. <ann@example.org>', '--committer=B <>'],
        ...['--env', 'A=1', '--env', 'B=x=y', '--env', 'C=', '--network', 'none', '--memory', '512m'],
        ...['--cpus', '1.5', '--pids', '200', '--mount', 'data:/data', '--mount', '/a:b:/c:ro'],
        ...['--share-auth', '.ssh', '--ensure'],
      ),
    ).toEqual({
      base: 'main',
      image: 'img:1',
      author: { name: 'Ann O.', email: 'ann@example.org' },
      committer: { name: 'B', email: '' },
      environment: { A: '1', B: 'x=y', C: '' },
      network: 'none',
      limits: { memoryBytes: 536870912, cpus: 1.5, pids: 200 },
      mounts: [
        { source: '/home/me/data', target: '/data' },
        { source: '/a:b', target: '/c' },
      ],
      shareAuth: '/home/me/.ssh',
      ensure: true,
    });
  });

  test('are refused with the option that is wrong', () => {
    expect(() => toParams('--network', 'host')).toThrow("--network: not one of none, bridge: 'host'");
    expect(() => toParams('--mount', 'a:b')).toThrow('--mount: not of the form SRC:DST');
    expect(() => toParams('--pids', '3')).toThrow('--pids: not a whole number (16 or more)');
  });
});

test.each(['Ann', '<a@b>', 'Ann <a@b', 'Ann <a b>', 'A <b> <c>', ''])('%p is no identity', (text) => {
  expect(() => parseIdentity(text)).toThrow('not an identity');
});

test.each(['A', '=x', '1A=x', 'A-B=x', ''])('%p is no variable', (text) => {
  expect(() => parseVariable(text)).toThrow('KEY=VALUE');
});

test.each(['/a', ':/a', '/a:', '/a:b', '/a:/b:rw'])('%p is no mount', (text) => {
  expect(() => parseMount(text)).toThrow('SRC:DST');
});
