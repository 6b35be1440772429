/**
 * Work inside an agent's container over its link: real git as the agent, disk usage. Every answer is checked for
 * form here; its content stays an agent's word.
 */
import { Type } from '@sinclair/typebox';
import { GitisoError } from '../../shared/errors';
import type { ShimRequests } from '../../shared/invocation';
import { compileValidator, type Validator } from '../validation';
import type { AgentLink } from './links';

export interface ContainerGitOptions {
  /** Absolute path of another program of the container than the real git. */
  readonly program?: string;
  /** Added to the container's environment for this command. */
  readonly env?: Readonly<Record<string, string>>;
  readonly stdin?: Buffer;
  /** Bytes of standard output that are kept; more is an error. */
  readonly outputLimitBytes: number;
  readonly timeoutMs: number;
}

export interface ContainerGitResult {
  readonly exitCode: number;
  readonly stdout: Buffer;
  /** The beginning, printable, for messages. */
  readonly stderr: string;
}

const closed = { additionalProperties: false } as const;
const RunSchema = Type.Object(
  {
    exitCode: Type.Integer({ minimum: 0, maximum: 255 }),
    signal: Type.Integer({ minimum: 0, maximum: 128 }),
    truncated: Type.Boolean(),
  },
  closed,
);
const ReadSchema = Type.Object(
  {
    errno: Type.Integer({ minimum: 0 }),
    message: Type.String({ maxLength: 1024 }),
    truncated: Type.Boolean(),
  },
  closed,
);
const count = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER });
const UsageSchema = Type.Object(
  {
    usage: Type.Array(Type.Object({ bytes: count, inodes: count }, closed), { maxItems: 16 }),
  },
  closed,
);

/** Standard error that is kept for messages. */
const stderrLimit = 2000;

export interface ContainerGit {
  /** A non-zero exit code is a result. Throws 'limit-exceeded', 'timed-out', 'agent-not-ready'. */
  readonly run: (
    link: AgentLink,
    args: readonly string[],
    options: ContainerGitOptions,
  ) => Promise<ContainerGitResult>;
  /** At most `limit` bytes of a file; fewer: it ends there. Throws 'agent-not-ready' with the reason. */
  readonly readPart: (
    link: AgentLink,
    part: { readonly path: string; readonly offset: number; readonly limit: number },
    timeoutMs: number,
  ) => Promise<Buffer>;
  /** Allocated bytes and inodes below each container path, never across mounts. */
  readonly usage: (
    link: AgentLink,
    paths: readonly string[],
    timeoutMs: number,
  ) => Promise<ShimRequests['shim.usage']['result']['usage']>;
}

export function createContainerGit(): ContainerGit {
  const parseRun = compileValidator(RunSchema, 'answer');
  const parseUsage = compileValidator(UsageSchema, 'answer');
  const parseRead = compileValidator(ReadSchema, 'answer');

  const run: ContainerGit['run'] = async (link, args, options) => {
    const { program } = options;
    const params: ShimRequests['shim.run']['params'] = {
      args,
      ...(program === undefined ? {} : { program }),
      ...(options.env === undefined ? {} : { env: options.env }),
      stdin: options.stdin === undefined ? 'null' : 'attachment',
      stdout: 'capture',
      stderr: 'capture',
      limit: options.outputLimitBytes,
    };
    const answer = await ask(link, 'shim.run', params, options.timeoutMs, options.stdin);
    const { exitCode, signal, truncated } = valid(parseRun, answer.result);
    const stdout = answer.attachments[0] ?? Buffer.alloc(0);
    const stderr = answer.attachments[1] ?? Buffer.alloc(0);
    if (
      stdout.length > options.outputLimitBytes ||
      (truncated && stdout.length >= options.outputLimitBytes)
    ) {
      throw new GitisoError(
        'limit-exceeded',
        `${program ?? `git ${subcommandOf(args)}`} in the container printed more than ${options.outputLimitBytes} bytes`,
      );
    }
    return { exitCode: signal === 0 ? exitCode : 128 + signal, stdout, stderr: printable(stderr) };
  };

  const readPart: ContainerGit['readPart'] = async (link, part, timeoutMs) => {
    const answer = await ask(link, 'shim.read', part, timeoutMs);
    const { errno, message } = valid(parseRead, answer.result);
    const content = answer.attachments[0] ?? Buffer.alloc(0);
    if (errno !== 0) throw malformed(`${part.path} can not be read: ${printable(Buffer.from(message))}`);
    if (content.length > part.limit) throw malformed('it read more than it was asked for');
    return content;
  };

  const usage: ContainerGit['usage'] = async (link, paths, timeoutMs) => {
    const answer = await ask(link, 'shim.usage', { paths }, timeoutMs);
    const measured = valid(parseUsage, answer.result).usage;
    if (measured.length !== paths.length) throw malformed('the number of results is wrong');
    return measured;
  };

  return { run, readPart, usage };
}

/** Throws 'agent-not-ready' when the container went away meanwhile. */
async function ask(link: AgentLink, method: string, params: unknown, timeoutMs: number, stdin?: Buffer) {
  try {
    return await link.peer.request(method, params, {
      timeoutMs,
      ...(stdin === undefined ? {} : { attachments: [stdin] }),
    });
  } catch (cause) {
    if (link.peer.closed.aborted) {
      throw new GitisoError('agent-not-ready', "the agent's container ended", { cause });
    }
    throw cause;
  }
}

function valid<T>(parse: Validator<T>, value: unknown): T {
  const checked = parse(value);
  if (checked.kind === 'invalid') throw malformed(checked.problems.join(', '));
  return checked.value;
}

function malformed(problem: string): GitisoError {
  return new GitisoError('agent-not-ready', `the container's first process answered nonsense: ${problem}`);
}

/** After the options of git itself, of which only -c has a value in the next argument. */
function subcommandOf(args: readonly string[]): string {
  return args.find((arg, index) => !arg.startsWith('-') && args[index - 1] !== '-c') ?? '';
}

function printable(bytes: Buffer): string {
  return bytes
    .subarray(0, stderrLimit)
    .toString('utf8')
    .replace(/[^\x20-\x7e\n]/g, '?')
    .trim();
}
