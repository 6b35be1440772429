/**
 * The C shim's part of the conversation in TypeScript, on a workspace in a temporary folder: `/gitiso/…` and
 * `/workspace` stand for folders in there. It runs real git and touches real files, as docs/protocol.md says.
 */
import { spawnSync } from 'node:child_process';
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, isAbsolute, join } from 'node:path';
import type { Peer, PeerAnswer } from '../../../../daemon/dispatch/handler';
import {
  commitHooks,
  commitPrefetch,
  stateFiles,
  type Invocation,
  type Outcome,
  type ShimRequests,
} from '../../../../shared/invocation';
import { tempDir } from '../../../helpers/temp-dir';
import { agentEnvironment, clock, nativeDates } from './twin-workspaces';

export interface ShimCall {
  readonly args: readonly string[];
  readonly globals?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly stdin?: string;
  /** Relative to the work tree. */
  readonly folder?: string;
}

export interface Printed {
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number;
}

export interface Shim {
  readonly invocation: Invocation;
  readonly attachments: readonly Buffer[];
  readonly peer: Peer;
  /** Not aborted. */
  readonly signal: AbortSignal;
  /** What the daemon asked, in order. */
  readonly asked: readonly string[];
  readonly carryOut: (outcome: Outcome) => Printed;
}

type RunParams = ShimRequests['shim.run']['params'];
type FileParams = ShimRequests['shim.files']['params'];

let keys = 0;

export function createShim(managed: string, home: string, call: ShimCall): Shim {
  const cwd = join(managed, 'workspace', call.folder ?? '');
  const env = { ...agentEnvironment(home), ...call.env };
  const globals = call.globals ?? [];
  const printed = { stdout: '', stderr: '' };
  const asked: string[] = [];
  const real = (text: string): string =>
    text.replaceAll('/gitiso/', `${managed}/`).replaceAll('/workspace', join(managed, 'workspace'));
  const path = (text: string): string => (isAbsolute(text) ? real(text) : join(cwd, text));

  function spawn(
    program: string,
    args: readonly string[],
    more: Readonly<Record<string, string>>,
    input: string | Buffer,
  ) {
    const merged = Object.entries({ ...env, ...more }).map(([name, value]) => [name, real(value)]);
    return spawnLatin1(program, args.map(real), { cwd, env: Object.fromEntries(merged), input });
  }

  function run(params: RunParams, attachments: readonly Buffer[]): PeerAnswer {
    const input = params.stdin === 'attachment' ? (attachments[0] ?? '') : '';
    const { status, stdout, stderr } = spawn(params.program ?? 'git', params.args, params.env ?? {}, input);
    if (params.stdout === 'inherit') printed.stdout += stdout.toString('latin1');
    if (params.stderr === 'inherit') printed.stderr += stderr.toString('latin1');
    const truncated = stdout.length > params.limit;
    const captured = params.stdout === 'capture' ? [stdout.subarray(0, params.limit), stderr] : [];
    return { result: { exitCode: status ?? 127, signal: 0, truncated }, attachments: captured };
  }

  function changeFiles(files: FileParams): void {
    for (const { path: name, text } of files.append) {
      mkdirSync(dirname(path(name)), { recursive: true });
      appendFileSync(path(name), text, 'latin1');
    }
    for (const { path: name, text } of files.write) writeFileSync(path(name), text, 'latin1');
    for (const { from, to } of files.rename) renameSync(path(from), path(to));
    for (const name of files.unlink) rmSync(path(name), { force: true });
  }

  function read(name: string): PeerAnswer {
    try {
      const bytes = name === '-' ? Buffer.from(call.stdin ?? '', 'latin1') : readFileSync(path(name));
      return { result: { errno: 0, message: '', truncated: false }, attachments: [bytes] };
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code;
      const message =
        code === 'ENOENT' ? 'No such file or directory' : code === 'EISDIR' ? 'Is a directory' : String(code);
      return { result: { errno: 2, message, truncated: false }, attachments: [] };
    }
  }

  const peer: Peer = {
    closed: new AbortController().signal,
    hold: () => () => undefined,
    notify: async (_method, params) => {
      const { fd, text } = params as { fd: 1 | 2; text: string };
      printed[fd === 1 ? 'stdout' : 'stderr'] += text;
    },
    request: async (method, params, { attachments = [] }) => {
      if (method === 'shim.run') {
        const wanted = params as RunParams;
        asked.push(`${wanted.program ?? 'git'} ${wanted.args.join(' ')}`);
        return run(wanted, attachments);
      }
      if (method === 'shim.read') {
        const { path: name } = params as { path: string };
        asked.push(`${method} ${name}`);
        return read(name);
      }
      asked.push(method);
      changeFiles(params as FileParams);
      return { result: { errno: 0, message: '' }, attachments: [] };
    },
  };

  const gitdir = join(managed, 'workspace', '.git');
  const head = readFileSync(join(gitdir, 'HEAD'), 'latin1').trimEnd();
  const parent = readParent(managed, head);
  const prefetch = parent === null ? null : runPrefetch(parent);

  function runPrefetch(commit: string): Buffer[] | null {
    const { status, stdout } = spawn('git', [...globals, ...commitPrefetch, commit], {}, '');
    return status === 0 ? [stdout, looseObjects(gitdir, stdout)] : null;
  }

  keys += 1;
  const isThere = (name: string): boolean => existsSync(join(gitdir, name));
  const isLocked = isThere(`${head.replace('ref: ', '')}.lock`);
  const invocation: Invocation = {
    key: keys.toString(16).padStart(32, '0'),
    globals: [...globals],
    argv: ['commit', ...call.args],
    prefix: call.folder === undefined ? '' : `${call.folder}/`,
    env: Object.fromEntries(
      Object.entries(env).filter(([name]) => /^GIT_|^(EDITOR|VISUAL|TERM|TZ)$/.test(name)),
    ),
    tty: [false, false, false],
    columns: 0,
    timezone: clock.zone,
    head,
    parent: prefetch === null ? null : parent,
    state: [...stateFiles.filter(isThere), ...(isLocked ? ['branch.lock'] : [])],
    hooks: commitHooks.filter((name) => isThere(`hooks/${name}`)),
    configStamp: String(statSync(join(gitdir, 'config')).mtimeMs),
    prefetched: prefetch !== null,
  };

  return {
    invocation,
    attachments: prefetch ?? [],
    peer,
    signal: peer.closed,
    asked,
    carryOut: (outcome) => {
      changeFiles(outcome);
      printed.stdout += outcome.stdout;
      printed.stderr += outcome.stderr;
      if (outcome.exec === null) return { ...printed, exitCode: outcome.exitCode };
      const input = asked.includes('shim.read -') ? '' : (call.stdin ?? '');
      const identity = { ...nativeDates, ...call.env };
      const { status, stdout, stderr } = spawn('git', outcome.exec, identity, input);
      printed.stdout += stdout.toString('latin1');
      printed.stderr += stderr.toString('latin1');
      return { ...printed, exitCode: status ?? 127 };
    },
  };
}

/** Node passes arguments as UTF-8 only: other bytes go through a shell script, which is bytes. */
export function spawnLatin1(
  program: string,
  args: readonly string[],
  options: { readonly cwd: string; readonly env: Record<string, string>; readonly input: string | Buffer },
) {
  const isAscii = [...args, ...Object.values(options.env)].every((text) => /^[\x00-\x7f]*$/.test(text));
  if (isAscii) return spawnSync(program, args, { ...options, maxBuffer: 1 << 28 });
  const assignments = Object.entries(options.env).map(([name, value]) => `${name}=${value}`);
  const words = [...assignments, program, ...args].map((text) => `'${text.replaceAll("'", "'\\''")}'`);
  const script = join(tempDir(), 'run');
  writeFileSync(script, `exec env -i ${words.join(' ')}\n`, 'latin1');
  const { cwd, input } = options;
  const env = { PATH: process.env['PATH'] ?? '', LC_ALL: 'C' };
  return spawnSync('sh', [script], { cwd, env, input, maxBuffer: 1 << 28 });
}

function readParent(managed: string, head: string): string | null {
  const file = join(managed, 'shared', head.replace('ref: ', ''));
  if (!head.startsWith('ref: ') || !existsSync(file)) return null;
  const text = readFileSync(file, 'latin1').trimEnd();
  return /^[0-9a-f]{40}$/.test(text) ? text : null;
}

function looseObjects(gitdir: string, changes: Buffer): Buffer {
  const ids = [...changes.toString('latin1').matchAll(/:\d{6} \d{6} [0-9a-f]{40} ([0-9a-f]{40}) /g)].map(
    (match) => match[1] ?? '',
  );
  return Buffer.concat(
    [...new Set(ids)].flatMap((id) => {
      const file = join(gitdir, 'objects', id.slice(0, 2), id.slice(2));
      if (!existsSync(file)) return [];
      const bytes = readFileSync(file);
      return [Buffer.from(`${id} ${bytes.length}\n`), bytes];
    }),
  );
}
