import { delimiter } from 'node:path';
import { folderWithCtl, startProcess } from './gitisoctl-process';
import { sampleAgent, sampleRepo, scriptDaemon, type ScriptedDaemon } from './scripted-daemon';

let daemon: ScriptedDaemon;
const path = [folderWithCtl(), process.env['PATH']].join(delimiter);

beforeAll(async () => {
  daemon = await scriptDaemon({
    'agent.list': () =>
      Promise.resolve({ agents: [sampleAgent(), sampleAgent({ id: 'w2' }), sampleAgent({ id: 'x1' })] }),
    'repo.list': () => Promise.resolve({ repos: [sampleRepo(), sampleRepo({ id: 'docs' })] }),
  });
});

afterAll(() => daemon.served.close());

/** Sources the script into a real bash and completes the last of the words, split as bash splits them. */
async function complete(words: readonly string[], socket = daemon.socket): Promise<readonly string[]> {
  const script = `
    source <(gitisoctl completion bash) || exit 1
    complete -p gitisoctl >/dev/null || exit 1
    COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMP_LINE="$*"; COMP_POINT=\${#COMP_LINE}
    _gitisoctl "$1" "\${COMP_WORDS[COMP_CWORD]}" "\${COMP_WORDS[COMP_CWORD-1]}"
    printf '%s\\n' "\${COMPREPLY[@]}"
  `;
  const args = ['--norc', '-u', '-c', script, 'bash', 'gitisoctl', ...words];
  const { exit, out, err } = await startProcess('bash', args, {
    env: { PATH: path, GITISO_SOCKET: socket, HOME: '/nowhere' },
  }).ended;
  expect([exit, err]).toEqual([0, '']);
  return out.split('\n').filter((line) => line !== '');
}

describe('completion in bash', () => {
  test.each([
    [['age'], ['agent']],
    [
      ['agent', 'st'],
      ['start', 'stop', 'stats'],
    ],
    [
      ['agent', 'show', ''],
      ['w1', 'w2', 'x1'],
    ],
    [['agent', 'remove', 'w1', 'w'], ['w2']],
    [
      ['agent', 'create', 'n', '--repo', 'd'],
      ['demo', 'docs'],
    ],
    [['agent', 'create', 'n', '--repo', '=', 'de'], ['demo']],
    [
      ['agent', 'create', 'n', '--repo', '='],
      ['demo', 'docs'],
    ],
    [['agent', 'create', '--ne'], ['--network']],
    [['agent', 'git', 'w1', 'log', '--'], []],
  ])('of %j offers %j', async (words, expected) => {
    expect(await complete(words)).toEqual(expected);
  });

  test('of a path is left to the shell', async () => {
    expect(await complete(['repo', 'add', '/us'])).toEqual(['/usr']);
    expect(await complete(['agent', 'create-many', '/etc/passw'])).toContain('/etc/passwd');
  });

  test('is silent when the daemon is down, and still knows commands and options', async () => {
    expect(await complete(['agent', 'show', ''], '/nowhere/gitisod.sock')).toEqual([]);
    expect(await complete(['agent', 'sh'], '/nowhere/gitisod.sock')).toEqual(['show']);
  });

  test('asks the daemon that the command line names', async () => {
    expect(await complete(['--socket', daemon.socket, 'agent', 'show', 'x'], '/nowhere')).toEqual(['x1']);
  });
});
