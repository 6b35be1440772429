/**
 * The daemon's hands in the container: the primitives that the shim offers while it waits. What comes back is an
 * agent's: it is checked for its form here and is never more than data.
 */
import { Type } from '@sinclair/typebox';
import { GitisoError } from '../../shared/errors';
import type { Invocation, Outcome, ShimRequests } from '../../shared/invocation';
import type { Peer, PeerAnswer } from '../dispatch/handler';
import { compileValidator, type Validator } from '../validation';

/** What a program in the container answered. The outputs are cut at the limit that was asked for. */
export interface RunResult {
  readonly exitCode: number;
  readonly stdout: Buffer;
  readonly stderr: Buffer;
  readonly isTruncated: boolean;
}

export interface RunOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly stdin?: Buffer;
  readonly limitBytes?: number;
  readonly timeoutMs?: number;
}

export type ReadResult =
  | { readonly kind: 'read'; readonly text: string }
  /** `reason` is the system's, as strerror gives it. */
  | { readonly kind: 'failed'; readonly reason: string };

export interface Container {
  /** Runs the real git with the invocation's own global options. */
  readonly git: (args: readonly string[], options?: RunOptions) => Promise<RunResult>;
  readonly program: (name: string, args: readonly string[], options?: RunOptions) => Promise<RunResult>;
  /** `-` is standard input. The text has one byte per character. */
  readonly read: (path: string) => Promise<ReadResult>;
  /** At most `limitBytes` from an offset; fewer are the end of the file. Throws 'invalid-object' when it can not be read. */
  readonly readPart: (path: string, offset: number, limitBytes: number) => Promise<Buffer>;
  /** null: done; else the reason why not. */
  readonly files: (changes: Partial<ShimRequests['shim.files']['params']>) => Promise<string | null>;
}

/** Enough for lists of paths; contents of files are asked for in their own portions. */
const outputLimitBytes = 16 * 1024 * 1024;
const errorLimitBytes = 64 * 1024;
const messageLimitBytes = 1024 * 1024;
const runTimeoutMs = 10 * 60 * 1000;
const fileTimeoutMs = 60 * 1000;

const checkRun = compileValidator(
  Type.Object({
    exitCode: Type.Integer({ minimum: 0, maximum: 255 }),
    signal: Type.Integer({ minimum: 0, maximum: 127 }),
    truncated: Type.Boolean(),
  }),
  'answer',
);
const checkRead = compileValidator(
  Type.Object({
    errno: Type.Integer({ minimum: 0 }),
    message: Type.String({ maxLength: 1024 }),
    truncated: Type.Boolean(),
  }),
  'answer',
);
const checkFiles = compileValidator(
  Type.Object({ errno: Type.Integer({ minimum: 0 }), message: Type.String({ maxLength: 1024 }) }),
  'answer',
);

export function createContainer(peer: Peer, invocation: Pick<Invocation, 'globals'>): Container {
  async function run(
    target: { readonly args: readonly string[]; readonly program?: string },
    options: RunOptions,
  ): Promise<RunResult> {
    const { env, stdin } = options;
    const params: ShimRequests['shim.run']['params'] = {
      ...target,
      ...(env === undefined ? {} : { env }),
      stdin: stdin === undefined ? 'null' : 'attachment',
      stdout: 'capture',
      stderr: 'capture',
      limit: options.limitBytes ?? outputLimitBytes,
    };
    const answer = await peer.request('shim.run', params, {
      timeoutMs: options.timeoutMs ?? runTimeoutMs,
      ...(stdin === undefined ? {} : { attachments: [stdin] }),
    });
    const { exitCode, signal, truncated } = checked(answer, checkRun);
    const [stdout = Buffer.alloc(0), stderr = Buffer.alloc(0)] = answer.attachments;
    return {
      exitCode: signal === 0 ? exitCode : 128 + signal,
      stdout,
      stderr: stderr.subarray(0, errorLimitBytes),
      isTruncated: truncated,
    };
  }

  return {
    git: (args, options = {}) => run({ args: [...invocation.globals, ...args] }, options),
    program: (program, args, options = {}) => run({ args, program }, options),
    read: async (path) => {
      const answer = await peer.request(
        'shim.read',
        { path, limit: messageLimitBytes },
        { timeoutMs: path === '-' ? runTimeoutMs : fileTimeoutMs },
      );
      const { errno, message, truncated } = checked(answer, checkRead);
      if (errno !== 0) return { kind: 'failed', reason: message };
      if (truncated) return { kind: 'failed', reason: 'File too large' };
      return { kind: 'read', text: (answer.attachments[0] ?? Buffer.alloc(0)).toString('latin1') };
    },
    readPart: async (path, offset, limitBytes) => {
      const params = { path, offset, limit: limitBytes };
      const answer = await peer.request('shim.read', params, { timeoutMs: runTimeoutMs });
      const { errno, message } = checked(answer, checkRead);
      if (errno !== 0) throw new GitisoError('invalid-object', `${path} can not be read: ${message}`);
      return answer.attachments[0] ?? Buffer.alloc(0);
    },
    files: async (changes) => {
      const nothing: Pick<Outcome, 'append' | 'write' | 'rename' | 'unlink'> = {
        append: [],
        write: [],
        rename: [],
        unlink: [],
      };
      const answer = await peer.request(
        'shim.files',
        { ...nothing, ...changes },
        { timeoutMs: fileTimeoutMs },
      );
      const { errno, message } = checked(answer, checkFiles);
      return errno === 0 ? null : message;
    },
  };
}

function checked<T>(answer: PeerAnswer, check: Validator<T>): T {
  const result = check(answer.result);
  if (result.kind === 'valid') return result.value;
  throw new GitisoError('peer-failed', 'the shim answered in an unknown form', {
    hint: 'recreate the agent, so that its shim and the daemon are of one version',
  });
}
