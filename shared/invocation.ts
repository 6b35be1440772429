/**
 * The conversation between the shim in a container and the daemon (docs/protocol.md tells it in full).
 * Strings marked "bytes" carry one byte per character, U+0000–U+00FF: arguments, paths and messages of git
 * have no encoding. Nothing in here is trusted: all of it comes from an agent.
 */
import { Type, type Static } from '@sinclair/typebox';
import { oidPattern } from './ids';

const closed = { additionalProperties: false } as const;
const bytes = (maxLength: number) => Type.String({ maxLength, pattern: '^[\\x00-\\xff]*$' });

/** What the shim says when it opens: git's command line and surroundings, before anything was interpreted. */
export const InvocationSchema = Type.Object(
  {
    key: Type.String({
      pattern: '^[0-9a-f]{32}$',
      description: 'Idempotency key: a retry gets the first answer',
    }),
    globals: Type.Array(bytes(65536), {
      maxItems: 256,
      description: "git's options before the subcommand, bytes",
    }),
    argv: Type.Array(bytes(1048576), {
      minItems: 1,
      maxItems: 65536,
      description: 'Subcommand and its arguments, bytes',
    }),
    prefix: bytes(4096),
    env: Type.Record(Type.String({ pattern: '^[\\x21-\\x3c\\x3e-\\x7e]{1,256}$' }), bytes(65536), {
      ...closed,
      maxProperties: 1024,
      description: 'Variables whose names start with GIT_, and EDITOR, VISUAL, TERM, TZ',
    }),
    tty: Type.Array(Type.Boolean(), {
      minItems: 3,
      maxItems: 3,
      description: 'Is standard input, output, error a terminal',
    }),
    columns: Type.Integer({ minimum: 0, maximum: 100000 }),
    timezone: Type.String({
      pattern: '^[+-][0-9]{4}$',
      description: 'As `date +%z` prints it in the container',
    }),
    head: bytes(1024),
    parent: Type.Union([Type.String({ pattern: oidPattern }), Type.Null()], {
      description: 'The commit the prefetched changes are relative to; null: nothing was prefetched',
    }),
    state: Type.Array(Type.String({ maxLength: 64 }), {
      maxItems: 64,
      description: 'Which of `stateFiles` exist in the gitdir; `branch.lock`: the lock of the branch',
    }),
    hooks: Type.Array(Type.String({ maxLength: 64 }), {
      maxItems: 64,
      description: 'Which of `commitHooks` exist in the default hooks folder, executable or not',
    }),
    configStamp: Type.String({
      maxLength: 1024,
      description: 'Changes when a git configuration file changes',
    }),
    prefetched: Type.Boolean({
      description: 'Whether attachments carry the change list and the loose objects',
    }),
  },
  closed,
);
export type Invocation = Static<typeof InvocationSchema>;

/** The answer: what the shim does last, in this order: append, write, unlink, forget, print, exit (or exec). */
export const OutcomeSchema = Type.Object(
  {
    exitCode: Type.Integer({ minimum: 0, maximum: 255 }),
    stdout: bytes(16777216),
    stderr: bytes(16777216),
    append: Type.Array(Type.Object({ path: bytes(4096), text: bytes(1048576) }, closed)),
    write: Type.Array(Type.Object({ path: bytes(4096), text: bytes(1048576) }, closed)),
    rename: Type.Array(Type.Object({ from: bytes(4096), to: bytes(4096) }, closed)),
    unlink: Type.Array(bytes(4096), {
      description: 'A name that ends with a slash is a folder: it goes when it is empty',
    }),
    forgetObjects: Type.Boolean({
      description: 'The loose objects that were prefetched are in the repository now: unlink them',
    }),
    exec: Type.Union([Type.Array(bytes(1048576)), Type.Null()], {
      description: 'After all else: replace the shim by the real git with these arguments',
    }),
  },
  closed,
);
export type Outcome = Static<typeof OutcomeSchema>;

/** Files of the gitdir whose existence means an operation is under way, or another git at work. */
export const stateFiles = [
  'index.lock',
  'HEAD.lock',
  'MERGE_HEAD',
  'CHERRY_PICK_HEAD',
  'REVERT_HEAD',
  'SQUASH_MSG',
  'MERGE_MSG',
  'MERGE_MODE',
  'MERGE_RR',
  'AUTO_MERGE',
  'rebase-merge',
  'rebase-apply',
  'BISECT_LOG',
] as const;

/** Hooks that `git commit` runs. */
export const commitHooks = [
  'pre-commit',
  'prepare-commit-msg',
  'commit-msg',
  'post-commit',
  'post-rewrite',
  // Where the shim puts a project's hook that has the name of its own.
  'reference-transaction.project',
] as const;

/** What the shim runs ahead of the daemon's asking; the parent's id is appended. Its output is the first attachment. */
export const commitPrefetch = [
  'diff-index',
  '--cached',
  '--raw',
  '-z',
  '--no-abbrev',
  '--ignore-submodules=none',
  // An entry of `git add -N` is not part of a commit.
  '--ita-invisible-in-index',
  '-M',
  '--shortstat',
  '--summary',
] as const;

/**
 * Requests the daemon sends to the shim while it serves an invocation. Besides them the notification `shim.output`
 * with { fd: 1 | 2, text }: print at once.
 */
export interface ShimRequests {
  /**
   * Run the real git (or, with `program`, another program of the container) and wait for it.
   * `stdin`: 'inherit' or 'attachment' (the request's first attachment) or 'null'.
   * `capture`: the answer's attachments are standard output and standard error (cut at `limit` bytes each).
   */
  readonly 'shim.run': {
    readonly params: {
      readonly args: readonly string[];
      readonly program?: string;
      readonly env?: Readonly<Record<string, string>>;
      readonly stdin: 'inherit' | 'attachment' | 'null';
      readonly stdout: 'inherit' | 'capture' | 'null';
      readonly stderr: 'inherit' | 'capture' | 'null';
      readonly limit: number;
    };
    /** `signal` is 0 when the program exited by itself. */
    readonly result: { readonly exitCode: number; readonly signal: number; readonly truncated: boolean };
  };
  /** Read a file as the agent ('-' is standard input; relative to the shim's folder): the answer's attachment. */
  readonly 'shim.read': {
    readonly params: { readonly path: string; readonly offset?: number; readonly limit: number };
    /** `errno` is 0, or the C error number and `message` its text. */
    readonly result: { readonly errno: number; readonly message: string; readonly truncated: boolean };
  };
  /** Write, append, rename, unlink now instead of at the end. Same shapes as in the outcome. */
  readonly 'shim.files': {
    readonly params: Pick<Outcome, 'append' | 'write' | 'rename' | 'unlink'>;
    readonly result: { readonly errno: number; readonly message: string };
  };
  /** Disk use of folders as the agent sees them: allocated bytes and inodes, never across mounts. */
  readonly 'shim.usage': {
    readonly params: { readonly paths: readonly string[] };
    readonly result: { readonly usage: readonly { readonly bytes: number; readonly inodes: number }[] };
  };
}
