/** What a shim says, as a hostile program says it: every field is the attacker's to choose. */
import { randomBytes } from 'node:crypto';
import { zeroOid } from '../../../shared/ids';
import { attacker, ownRef, type AttackStage } from './attack-stage';
import type { AttackPeer, Answering, PeerReply } from './attack-peer';

export const committer = { name: attacker, email: `${attacker}@agents.gitiso.invalid` };
export const person = `${committer.name} <${committer.email}>`;

export interface StagedEntry {
  readonly mode?: string;
  readonly path: string;
  readonly id: string;
  readonly status?: string;
}

export interface CommitParts {
  readonly entries?: readonly StagedEntry[];
  /** The change list as it is sent, instead of `entries`. */
  readonly list?: Buffer;
  /** Loose objects as they are sent: id and file. */
  readonly objects?: readonly (readonly [id: string, file: Buffer])[];
  readonly argv?: readonly string[];
  readonly ref?: string;
  /** Where the branch is said to be; asked for when left out. */
  readonly parent?: string;
  readonly key?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** What the container's `git config --list` says, `<key>\n<value>`. */
  readonly config?: readonly string[];
  /** Any other request of the daemon's. */
  readonly answering?: Answering;
  readonly more?: Readonly<Record<string, unknown>>;
}

/** On the connection that was given, or one of its own, which is closed again. */
async function onPeer<T>(
  stage: AttackStage,
  given: AttackPeer | undefined,
  use: (peer: AttackPeer) => Promise<T>,
): Promise<T> {
  if (given !== undefined) return use(given);
  const peer = stage.peer();
  try {
    return await use(peer);
  } finally {
    await peer.close();
  }
}

export function newKey(): string {
  return randomBytes(16).toString('hex');
}

/** A `git commit -m` as the shim sends it with its prefetch, over a connection from inside the container. */
export async function sendCommit(
  stage: AttackStage,
  parts: CommitParts = {},
  given?: AttackPeer,
): Promise<Readonly<Record<string, unknown>>> {
  const { entries = [], objects = [], ref = ownRef } = parts;
  const parent = parts.parent ?? (await stage.valueOf(ref));
  const list = parts.list ?? rawDiff(entries);
  const sent = Buffer.concat(
    objects.flatMap(([id, file]) => [Buffer.from(`${id} ${String(file.length)}\n`), file]),
  );
  const answering: Answering = (method, params) =>
    answerConfig(params, parts.config ?? []) ?? parts.answering?.(method, params) ?? emptyAnswer(method);
  return onPeer(stage, given, (peer) =>
    peer.call(
      'commit.create',
      { ...invocation(parts, ref, parent), ...parts.more },
      {
        attachments: [list, sent],
        answering,
      },
    ),
  );
}

/** A `git branch` as the shim sends it when it needs no git; `value` is where the branch is said to be. */
export function sendBranch(
  stage: AttackStage,
  args: readonly string[],
  value: string,
): Promise<Readonly<Record<string, unknown>>> {
  const argv = ['branch', ...args];
  const answering: Answering = (method, params) => answerConfig(params, []) ?? emptyAnswer(method);
  return onPeer(stage, undefined, (peer) =>
    peer.call('branch.change', { ...invocation({ argv }, ownRef, value), prefetched: false }, { answering }),
  );
}

function invocation(parts: CommitParts, ref: string, parent: string): Readonly<Record<string, unknown>> {
  return {
    key: parts.key ?? newKey(),
    globals: [],
    argv: parts.argv ?? ['commit', '-m', 'hostile'],
    prefix: '',
    env: parts.env ?? {},
    tty: [false, false, false],
    columns: 80,
    timezone: '+0000',
    head: `ref: ${ref}`,
    parent,
    state: [],
    hooks: [],
    configStamp: newKey(),
    prefetched: true,
  };
}

/** `git diff-index --raw -z` (gitdiff: raw output format). Paths have one byte per character. */
export function rawDiff(entries: readonly StagedEntry[]): Buffer {
  const lines = entries.map(({ mode = '100644', path, id, status = 'A' }) =>
    Buffer.from(`:000000 ${mode} ${zeroOid} ${id} ${status}\0${path}\0`, 'latin1'),
  );
  return Buffer.concat(lines);
}

function answerConfig(
  params: Readonly<Record<string, unknown>>,
  config: readonly string[],
): PeerReply | null {
  const args = params['args'];
  if (!Array.isArray(args) || args[0] !== 'config') return null;
  const known = [`user.name\n${committer.name}`, `user.email\n${committer.email}`];
  return ran(Buffer.from([...known, ...config].map((line) => `${line}\0`).join(''), 'latin1'));
}

/** A program in the container that ended well and printed this. */
export function ran(stdout: Buffer | string, exitCode = 0): PeerReply {
  return {
    result: { exitCode, signal: 0, truncated: false },
    attachments: [Buffer.from(stdout), Buffer.alloc(0)],
  };
}

function emptyAnswer(method: string): PeerReply {
  if (method === 'shim.run') return ran('', 1);
  return { result: { errno: 0, message: '', ...(method === 'shim.read' ? { truncated: false } : {}) } };
}

export interface ProposedLine {
  readonly ref: string;
  readonly old?: string;
  readonly new: string;
}

export interface ProposalParts {
  readonly key?: string;
  readonly argv?: readonly string[];
  readonly origin?: string;
  /** The pack that is handed over when the daemon asks for objects; none: the container fails. */
  readonly pack?: Buffer | (() => Promise<Buffer>);
  readonly answering?: Answering;
}

/** A ref transaction as the hook sends it. */
export function sendProposal(
  stage: AttackStage,
  updates: readonly ProposedLine[],
  parts: ProposalParts = {},
  given?: AttackPeer,
): Promise<Readonly<Record<string, unknown>>> {
  const params = {
    key: parts.key ?? newKey(),
    updates: updates.map(({ ref, old = zeroOid, new: target }) => ({ ref, old, new: target })),
    argv: parts.argv ?? ['git', 'update-ref', '--stdin'],
    origin: parts.origin ?? 'hook',
  };
  const answering: Answering = async (method, asked) => {
    const own = await parts.answering?.(method, asked);
    if (own !== undefined && own !== null) return own;
    if (method === 'shim.run' && parts.pack !== undefined)
      return ran(typeof parts.pack === 'function' ? await parts.pack() : parts.pack);
    return emptyAnswer(method);
  };
  return onPeer(stage, given, (peer) => peer.call('transaction.propose', params, { answering }));
}

/** The reason of an error answer, or of a refused outcome: everything that was said. */
export function refusalOf(answer: Readonly<Record<string, unknown>>): string {
  const { error, result } = answer as {
    error?: { message?: string; data?: { reason?: string } };
    result?: { exitCode?: number; stderr?: string };
  };
  if (error !== undefined) return `${error.data?.reason ?? ''}: ${error.message ?? ''}`;
  if (result?.exitCode !== undefined && result.exitCode !== 0) return result.stderr ?? '';
  throw new Error(`it was not refused: ${JSON.stringify(answer).slice(0, 500)}`);
}

/** Throws when the answer is not that of something that was done. */
export function expectDone(answer: Readonly<Record<string, unknown>>): void {
  expect(answer).toMatchObject({ result: { exitCode: 0 } });
}
