/** What passes between daemon and shim during a commit: as little as possible, and safe whatever the shim says. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createConfigCache } from '../../../../daemon/commit/config-cache';
import { startCommit } from '../../../../daemon/commit/start-commit';
import type { PeerAnswer } from '../../../../daemon/dispatch/handler';
import type { CommitResult } from '../../../../daemon/git/commit-engine';
import { compileValidator } from '../../../../daemon/validation';
import { assertOid, zeroOid } from '../../../../shared/ids';
import { isGitisoError } from '../../../../shared/errors';
import { OutcomeSchema } from '../../../../shared/invocation';
import { makeAgentRecord } from './agent-record';
import { commitManaged } from './compare-commits';
import { createPlumbingEngine } from './plumbing-engine';
import { createShim, type Shim } from './scripted-shim';
import { provideTwins } from './test-same-as-git';
import { readText } from './twin-workspaces';

const provide = provideTwins();
const checkOutcome = compileValidator(OutcomeSchema, 'outcome');

describe('a commit with everything at hand', () => {
  test('asks the container nothing once its configuration is known', async () => {
    const configs = createConfigCache();
    const twins = provide('work');
    const first = await commitManaged(twins, { args: ['-m', 'one'] }, { configs });
    expect(first.shim.asked).toEqual(['git config --list -z --includes']);
    const again = {
      args: ['-s', '-m', 'two'],
      prepare: (work: string, git: (...args: readonly string[]) => void) => {
        writeFileSync(join(work, 'a.txt'), 'again\n');
        git('add', 'a.txt');
      },
    };
    const second = await commitManaged(twins, again, { configs });
    expect(second.shim.asked).toEqual([]);
    expect(second.seen).toMatchObject({ exitCode: 0, stderr: '' });
    expect(second.engine.requests[0]?.blobs).toHaveLength(1);
  });

  test('asks for the configuration each time when it includes files', async () => {
    const configs = createConfigCache();
    const twins = provide('work');
    const one = { args: ['--allow-empty', '-m', 'x'], globals: ['-c', 'include.path=/nonexistent'] };
    await commitManaged(twins, one, { configs });
    const { shim } = await commitManaged(twins, one, { configs });
    expect(shim.asked).toHaveLength(1);
  });

  test('forgets the loose objects only when they are in the commit', async () => {
    for (const [args, forget] of [
      [['-m', 'x'], true],
      [['-am', 'x'], false],
      [['-m', 'x', 'b.txt'], false],
    ] as const) {
      const twins = provide('work');
      const shim = createShim(twins.managed, twins.home, { args });
      const outcome = await serve(shim, createPlumbingEngine(join(twins.managed, 'shared')));
      expect(outcome).toMatchObject({ exitCode: 0, forgetObjects: forget });
    }
  });
});

describe('a commit with something missing', () => {
  test('asks for blobs that were not sent', async () => {
    const withoutObjects = (shim: Shim): Shim => ({ ...shim, attachments: shim.attachments.slice(0, 1) });
    const { seen, shim, engine } = await commitManaged(
      provide('work'),
      { args: ['-m', 'x'] },
      { adjust: withoutObjects },
    );
    expect(seen).toMatchObject({ exitCode: 0, stderr: '' });
    expect(shim.asked.at(-1)).toBe('git cat-file --batch');
    expect(engine.requests.at(-1)?.blobs.map((blob) => blob.form)).toEqual(['raw', 'raw']);
  });

  test('asks for many blobs in portions', async () => {
    const tight = (shim: Shim): Shim => {
      const request: Shim['peer']['request'] = (method, params, options) => {
        const isMany = (options.attachments?.[0]?.length ?? 0) > 41;
        const limited = isMany && typeof params === 'object' ? { ...params, limit: 4000 } : params;
        return shim.peer.request(method, limited, options);
      };
      return { ...shim, attachments: shim.attachments.slice(0, 1), peer: { ...shim.peer, request } };
    };
    const twins = provide('changes');
    const { seen, shim, engine } = await commitManaged(twins, { args: ['-m', 'x'] }, { adjust: tight });
    expect(seen).toMatchObject({ exitCode: 0, stderr: '' });
    expect(shim.asked.filter((line) => line.includes('cat-file')).length).toBeGreaterThan(2);
    expect(engine.requests.at(-1)?.blobs.length).toBeGreaterThan(5);
  });

  test.each([[['-am', 'x']], [['-m', 'x', 'b.txt']], [['-i', '-m', 'x', 'b.txt']]])(
    'leaves it to git without a cp: %j',
    async (args) => {
      const withoutCopy = (shim: Shim): Shim => {
        const request: Shim['peer']['request'] = async (method, params, options) =>
          typeof params === 'object' && params !== null && 'program' in params
            ? { result: { exitCode: 127, signal: 0, truncated: false }, attachments: [] }
            : shim.peer.request(method, params, options);
        return { ...shim, peer: { ...shim.peer, request } };
      };
      const { seen, exec } = await commitManaged(provide('work'), { args }, { adjust: withoutCopy });
      expect(seen).toMatchObject({ exitCode: 0, leftovers: [] });
      expect(exec).toEqual(['commit', ...args]);
    },
  );

  const absent = 'f'.repeat(40);
  const lying = (shim: Shim): Shim => {
    const [list = Buffer.alloc(0)] = shim.attachments;
    const text = list.toString('latin1').replace(/^(:\d{6} \d{6} [0-9a-f]{40} )[0-9a-f]{40}/, `$1${absent}`);
    return { ...shim, attachments: [Buffer.from(text, 'latin1')] };
  };

  test('leaves it to git when nobody has an object', async () => {
    const { seen, exec } = await commitManaged(provide('work'), { args: ['-m', 'x'] }, { adjust: lying });
    expect(exec).toEqual(['commit', '-m', 'x']);
    expect(seen).toMatchObject({ exitCode: 0, stderr: '' });
  });

  test.each([
    [
      ['-F', '-'],
      ['-F', '-', '--file=/workspace/.git/COMMIT_EDITMSG'],
    ],
    [
      ['-F-', '--', 'a.txt'],
      ['-F-', '--file=/workspace/.git/COMMIT_EDITMSG', '--', 'a.txt'],
    ],
  ])('hands git the message that was read from a pipe: %j', async (args, expected) => {
    const one = { args, stdin: 'piped\n\nand read\n' };
    const missing = { kind: 'missing', ids: [assertOid(absent)] } as const;
    const { seen, exec } = await commitManaged(provide('work'), one, { refuse: () => missing });
    expect(exec).toEqual(['commit', ...expected]);
    expect(seen).toMatchObject({
      exitCode: 0,
      stderr: '',
      editMessage: 'piped\n\nand read\n',
      leftovers: [],
    });
  });

  test('asks git when nothing was prefetched, or what was is malformed', async () => {
    for (const attachments of [[], [Buffer.from(':nonsense\0')]]) {
      const adjust = (shim: Shim): Shim => ({ ...shim, attachments });
      const { seen } = await commitManaged(provide('work'), { args: ['-m', 'x'] }, { adjust });
      expect(seen).toMatchObject({ exitCode: 0, stderr: '' });
      expect(seen.stdout).toContain(' 2 files changed, 6 insertions(+)\n');
    }
  });
});

describe('an answer of the engine', () => {
  const ending = async (result: CommitResult, args: readonly string[] = ['-m', 'x']) =>
    commitManaged(provide('work'), { args }, { refuse: () => result });

  test('that denies is told like an error of git', async () => {
    const denied = {
      kind: 'denied',
      rule: 'protected-branch',
      reason: "branch 'main' is protected",
      hint: 'go away',
    } as const;
    const { seen } = await ending(denied, ['-am', 'x']);
    expect(seen).toMatchObject({
      exitCode: 128,
      stdout: '',
      stderr: "fatal: gitiso: branch 'main' is protected (protected-branch)\nhint: go away\n",
      leftovers: [],
    });
  });

  test('that refuses the committer is told with the settings that name him', async () => {
    const denied = {
      kind: 'denied',
      rule: 'identity-committer',
      reason: 'the committer must be the agent',
      hint: 'go away',
    } as const;
    const one = {
      args: ['-m', 'x'],
      globals: ['-c', 'user.email=other@x'],
      env: { GIT_COMMITTER_NAME: 'Other' },
    };
    const { seen } = await commitManaged(provide('work'), one, { refuse: () => denied });
    expect(seen).toMatchObject({ exitCode: 128, stdout: '' });
    expect(seen.stderr.split('\n')).toEqual([
      'fatal: gitiso: the committer must be the agent (identity-committer)',
      'hint: go away',
      'hint: the agent is Agent One <one@agents.example>; correct or unset GIT_COMMITTER_NAME and user.email',
      '',
    ]);
  });

  test('that the branch moved is told like a lost race', async () => {
    const { seen } = await ending({ kind: 'changed', current: zeroOid }, ['-m', 'x', 'b.txt']);
    expect(seen.stderr).toMatch(
      /^fatal: cannot lock ref 'HEAD': is at 0{40} but expected [0-9a-f]{40}\nhint: /,
    );
    expect(seen).toMatchObject({ exitCode: 128, stdout: '', leftovers: [] });
  });

  test('that fails leaves no temporary index behind', async () => {
    const twins = provide('work');
    const failing = {
      refuse: () => {
        throw new Error('worker gone');
      },
    };
    await expect(commitManaged(twins, { args: ['-am', 'x'] }, failing)).rejects.toThrow('worker gone');
    expect(readText(join(twins.managed, 'workspace', '.git', 'next-index-0.lock'))).toBeNull();
    const { seen } = await commitManaged(twins, { args: ['-am', 'x'] });
    expect(seen).toMatchObject({ exitCode: 0, leftovers: [] });
  });
});

test('a cancelled commit is not made, and leaves no temporary index behind', async () => {
  const twins = provide('work');
  const cancelled = (shim: Shim): Shim => ({ ...shim, signal: AbortSignal.abort() });
  const commit = commitManaged(twins, { args: ['-am', 'x'] }, { adjust: cancelled });
  await expect(commit).rejects.toThrow('the commit was cancelled');
  const { seen } = await commitManaged(twins, { args: ['-am', 'x'] });
  expect(seen).toMatchObject({ exitCode: 0, leftovers: [] });
});

describe('a repeated request', () => {
  test.each([
    [['-m', 'x']],
    [['-am', 'x']],
    [['--amend', '-m', 'x']],
    [['-m', 'x', 'b.txt']],
    [['-qm', 'x']],
  ])('gets the first answer: %j', async (args) => {
    const twins = provide('work');
    const shim = createShim(twins.managed, twins.home, { args });
    const engine = createPlumbingEngine(join(twins.managed, 'shared'));
    const first = await serve(shim, engine);
    const asked = engine.requests.length;
    const second = await serve(shim, engine);
    expect(engine.requests).toHaveLength(asked);
    expect(second.stdout).toBe(first.stdout);
    expect(second.append).toEqual(first.append);
    expect(second.rename).toEqual(first.rename);
    expect(second.exitCode).toBe(0);
  });
});

describe('whatever a shim says', () => {
  const answers: readonly PeerAnswer[] = [
    { result: null, attachments: [] },
    { result: {}, attachments: [] },
    { result: { exitCode: '0' }, attachments: [] },
    { result: { exitCode: 0, signal: 0, truncated: false }, attachments: [] },
    { result: { exitCode: 255, signal: 9, truncated: true }, attachments: [Buffer.alloc(100, 0xff)] },
    {
      result: { exitCode: 0, signal: 0, truncated: true },
      attachments: [Buffer.from('a'.repeat(40)), Buffer.alloc(9)],
    },
    {
      result: { exitCode: 0, signal: 0, truncated: false, errno: 0, message: '' },
      attachments: [Buffer.from('\0\n\0')],
    },
    { result: { errno: 2, message: 'No such file', truncated: false }, attachments: [] },
    { result: { errno: 0, message: '', truncated: true }, attachments: [Buffer.alloc(10)] },
  ];
  const lines: readonly (readonly string[])[] = [
    ['-m', 'x'],
    ['-am', 'x'],
    ['-m', 'x', 'a.txt'],
    ['-i', '-m', 'x', 'a.txt'],
    ['--amend', '--no-edit'],
    ['-C', 'HEAD'],
    ['-F', 'x'],
    ['-m', 'x', '--author=pattern'],
    ['-m', 'x', '--date=yesterday'],
    ['-m', 'x', '--trailer=a:b'],
    ['--nonsense'],
  ];

  test.each(lines.map((args) => [args.join(' '), args] as const))(
    'the answer is an outcome or a known error: %s',
    async (_line, args) => {
      const twins = provide('work');
      for (const answer of answers) {
        const honest = createShim(twins.managed, twins.home, { args });
        const shim: Shim = {
          ...honest,
          attachments: [],
          peer: { ...honest.peer, request: async () => answer },
        };
        const engine = createPlumbingEngine(join(twins.managed, 'shared'), () => ({
          kind: 'missing',
          ids: [assertOid('1'.repeat(40))],
        }));
        const outcome = await serve(shim, engine).catch((error: unknown) => {
          if (isGitisoError(error)) return null;
          throw error;
        });
        if (outcome !== null) expect(checkOutcome(outcome).kind).toBe('valid');
      }
    },
  );

  test('in its request, the answer is an outcome or a known error', async () => {
    const twins = provide('work');
    const odd = [
      '',
      '\0',
      '\xff',
      'ref: ',
      'ref: refs/heads/../x',
      'ref: /etc/passwd',
      '__proto__',
      'x'.repeat(1000),
    ];
    for (const text of odd) {
      const honest = createShim(twins.managed, twins.home, { args: ['-m', text, '-s', '--', text] });
      const invocation = {
        ...honest.invocation,
        head: text,
        parent: null,
        prefix: text,
        state: [text, 'constructor', 'toString'],
        hooks: [text],
        env: { GIT_INDEX_FILE: text, GIT_AUTHOR_NAME: text, GIT_AUTHOR_DATE: text, GIT_REFLOG_ACTION: text },
        timezone: '+9959',
      };
      const outcome = await serve(
        { ...honest, invocation },
        createPlumbingEngine(join(twins.managed, 'shared')),
      );
      expect(checkOutcome(outcome).kind).toBe('valid');
      expect(outcome.exitCode !== 0 || outcome.exec !== null).toBe(true);
    }
  });
});

function serve(shim: Shim, engine: ReturnType<typeof createPlumbingEngine>) {
  const now = (): Date => new Date(1_700_000_000_000);
  const parts = { engine, configs: createConfigCache(), now };
  return startCommit(parts, makeAgentRecord(), shim.invocation, shim);
}
