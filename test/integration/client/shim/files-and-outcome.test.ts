/** What the shim does with files when it is asked, and all it does at the end. */
import {
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { converseWith, type Converse } from './converse';
import { outcome, startFakeDaemon, type FakeDaemon } from './fake-daemon';
import { createShimWorld, finished, writeScript, type ShimOptions, type ShimWorld } from './shim-world';

let world: ShimWorld;
let daemon: FakeDaemon;

beforeAll(async () => {
  world = createShimWorld();
  daemon = await startFakeDaemon(world.socket, () => outcome());
});
afterAll(async () => {
  await daemon.stop();
  world.remove();
});

const converse: Converse = (...parameters) => converseWith(world, daemon, ...parameters);

describe('files', () => {
  const read = async (path: string, limit = 1 << 20, options?: ShimOptions) => {
    let answer: { readonly result: unknown; readonly content: string | undefined } | undefined;
    await converse(
      async (peer) => {
        const { message, attachments } = await peer.request('shim.read', { path, limit });
        answer = { result: message.result, content: attachments[0]?.toString('latin1') };
        return outcome();
      },
      ['-C', 'sub folder', 'commit'],
      options,
    );
    return answer;
  };

  test('shim.read gives a file relative to the folder of the command, up to the limit', async () => {
    const whole = { errno: 0, message: '', truncated: false };
    expect(await read('deep/b.txt')).toEqual({ result: whole, content: 'second\n' });
    expect(await read('deep/b.txt', 7)).toEqual({ result: whole, content: 'second\n' });
    expect(await read('deep/b.txt', 3)).toEqual({ result: { ...whole, truncated: true }, content: 'sec' });
  });

  test('shim.read of - is standard input, also bytes that are no text', async () => {
    const input = Buffer.from([0, 0xff, 0x0a, 0xe9]);
    expect((await read('-', 100, { input }))?.content).toBe(input.toString('latin1'));
  });

  test('shim.read tells why not', async () => {
    expect(await read('nothing')).toEqual({
      result: { errno: 2, message: 'No such file or directory', truncated: false },
      content: undefined,
    });
    expect((await read('deep'))?.result).toMatchObject({ errno: 21, message: 'Is a directory' });
  });

  test('shim.files appends, writes, renames and unlinks', async () => {
    const at = (name: string): string => join(world.root, 'files', name);
    await converse(async (peer) => {
      const params = {
        append: [
          { path: at('new/log'), text: 'one\n' },
          { path: at('new/log'), text: 'tw\u00f6\n' },
        ],
        write: [
          { path: at('a/b/c'), text: '\0\u00ff' },
          { path: at('a/b/old'), text: 'old' },
        ],
        rename: [{ from: at('a/b/old'), to: at('a/moved') }],
        unlink: [at('not there'), at('a/b/c')],
      };
      const first = await peer.request('shim.files', { ...params, unlink: [at('not there')] });
      expect(first.message.result).toEqual({ errno: 0, message: '' });
      expect(readFileSync(at('a/b/c'), 'latin1')).toBe('\0\u00ff');
      await peer.request('shim.files', { append: [], write: [], rename: [], unlink: [at('a/b/c')] });
      return outcome();
    });
    expect(readFileSync(at('new/log'), 'latin1')).toBe('one\ntw\u00f6\n');
    expect(readFileSync(at('a/moved'), 'utf8')).toBe('old');
    expect(readdirSync(at('a/b'))).toEqual([]);
  });

  test('shim.files tells the first failure and does the rest', async () => {
    const good = join(world.root, 'good');
    await converse(async (peer) => {
      const rename = [{ from: join(world.root, 'nothing'), to: good }];
      const params = {
        append: [{ path: world.root, text: 'x' }],
        write: [{ path: good, text: 'x' }],
        rename,
        unlink: [],
      };
      const { message } = await peer.request('shim.files', params);
      expect(message.result).toEqual({ errno: 21, message: 'Is a directory' });
      return outcome();
    });
    expect(readFileSync(good, 'utf8')).toBe('x');
  });

  test('shim.usage counts allocated bytes and inodes, hard links once, links not followed', async () => {
    const folder = join(world.root, 'usage');
    mkdirSync(join(folder, 'sub'), { recursive: true });
    writeFileSync(join(folder, 'file'), Buffer.alloc(100_000, 'x'));
    linkSync(join(folder, 'file'), join(folder, 'sub/again'));
    symlinkSync('/', join(folder, 'root'));
    const blocks = ['.', 'sub', 'file'].map((name) => statSync(join(folder, name)).blocks * 512);

    await converse(async (peer) => {
      const { message } = await peer.request('shim.usage', { paths: [folder, join(folder, 'nothing')] });
      const bytes = blocks.reduce((sum, size) => sum + size, 0);
      expect(message.result).toEqual({
        usage: [
          { bytes, inodes: 4 },
          { bytes: 0, inodes: 0 },
        ],
      });
      return outcome();
    });
  });
});

describe('the outcome', () => {
  test('is printed as bytes, with the exit code', async () => {
    const result = await converse(() => outcome({ exitCode: 3, stdout: 'o\u00e9\0\n', stderr: 'err\u00ff' }));
    expect(result).toEqual({ code: 3, signal: null, stdout: 'o\u00e9\0\n', stderr: 'err\u00ff' });
  });

  test('is carried out in order: append, write, rename, unlink', async () => {
    const log = join(world.gitdir, 'logs/HEAD');
    const temporary = join(world.gitdir, 'next-index');
    const result = await converse(() =>
      outcome({
        append: [{ path: log, text: 'line\n' }],
        write: [
          { path: temporary, text: 'new' },
          { path: 'sub folder/gone', text: 'x' },
        ],
        rename: [{ from: temporary, to: join(world.gitdir, 'renamed') }],
        unlink: ['sub folder/gone'],
      }),
    );
    expect(result).toEqual({ code: 0, signal: null, stdout: '', stderr: '' });
    expect(readFileSync(log, 'utf8').endsWith('line\n')).toBe(true);
    expect(readFileSync(join(world.gitdir, 'renamed'), 'utf8')).toBe('new');
    expect(existsSync(join(world.workspace, 'sub folder/gone'))).toBe(false);
  });

  test('a file that cannot be written is a warning: the command itself has succeeded', async () => {
    const result = await converse(() =>
      outcome({ append: [{ path: world.root, text: 'x' }], stdout: 'committed\n' }),
    );
    expect(result).toMatchObject({ code: 0, stdout: 'committed\n' });
    expect(result.stderr).toBe(`warning: gitiso: cannot update ${world.root}: Is a directory\n`);
  });

  test('can be the real git, in place of the shim', async () => {
    const result = await converse(
      () => outcome({ stdout: 'first\n', exec: ['rev-parse', '--show-prefix'] }),
      ['-C', 'sub folder', 'commit'],
    );
    expect(result).toMatchObject({ code: 0, stdout: 'first\nsub folder/\n' });
  });

  test('shim.output is printed at once, before the outcome', async () => {
    const child = world.start(['commit']);
    const result = finished(child);
    daemon.handle = async (_, peer) => {
      peer.notify('shim.output', { fd: 2, text: 'working \u00e9\r' });
      await new Promise((resolve) => child.stderr?.once('data', resolve));
      return outcome({ stdout: 'done\n' });
    };
    expect(await result).toMatchObject({ code: 0, stdout: 'done\n', stderr: 'working \u00e9\r' });
  });

  test('an error is fatal, with its hint, in UTF-8', async () => {
    const error = {
      code: 1401,
      message: 'branch „main“ is protected',
      data: { hint: 'commit to agent/a1\nthen push' },
    };
    const { code, stdout, stderr } = await converse(() => ({ error }));
    expect([code, stdout]).toEqual([128, '']);
    expect(Buffer.from(stderr, 'latin1').toString()).toBe(
      'fatal: gitiso: branch „main“ is protected\nhint: commit to agent/a1\nhint: then push\n',
    );
  });

  test.each([[{}], [{ exitCode: 256 }], [{ exitCode: 'x' }], [null]])(
    'the answer %j is refused',
    async (result) => {
      expect((await converse(() => ({ result }))).code).toBe(128);
    },
  );

  test('a large one arrives whole', async () => {
    const text = `${'\u00e9"\\\n'.repeat(500_000)}end`;
    expect((await converse(() => outcome({ stdout: text }))).stdout === text).toBe(true);
  });

  test('a git wrapper of the image is what shim.run and exec use', async () => {
    const bin = join(world.root, 'wrapper');
    mkdirSync(bin);
    writeScript(join(bin, 'git'), 'echo "wrapped $*"');
    const result = await converse(() => outcome({ exec: ['status'] }), ['commit'], {
      env: { PATH: `${join(world.gitiso, 'bin')}:${bin}` },
    });
    expect(result.stdout).toBe('wrapped status\n');
  });
});
