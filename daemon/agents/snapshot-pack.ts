/**
 * The pack of a snapshot on its way out of a container or into one. Most fit into one message; a large one lies in a
 * file of the agent's repository meanwhile and goes in parts, so that the daemon never holds all of it.
 */
import { randomBytes } from 'node:crypto';
import { GitisoError, isGitisoError } from '../../shared/errors';
import { containerPaths } from '../../shared/paths';
import type { AgentContext } from './agent-context';
import type { ContainerGit, ContainerGitResult } from './container-git';
import type { AgentLink } from './links';

/** In one piece, or in parts that can be read once. */
export type SnapshotPack = Buffer | AsyncIterable<Buffer>;

const timeoutMs = 1_800_000;
const partTimeoutMs = 120_000;
const smallOutput = 65_536;
const largestPart = 16 * 1024 * 1024;
/** As git's own fetch: up to so many objects are stored one by one. */
const looseObjects = 100;

export const packing = ['pack-objects', '--revs', '--delta-base-offset', '-q'] as const;

/** Of standard output or input in one message: beside it there are git's messages. */
export function wholeLimit(context: AgentContext): number {
  return Math.ceil(context.config.current().limits.attachmentBytes * 0.9);
}

/** null instead of what is larger than one message. */
export async function unlessTooLarge<T>(packed: Promise<T>): Promise<T | null> {
  return packed.catch((error: unknown) => {
    if (isGitisoError(error) && error.code === 'limit-exceeded') return null;
    throw error;
  });
}

export interface PackFile {
  readonly parts: AsyncIterable<Buffer>;
  readonly remove: () => Promise<void>;
}

/** Has git write the pack into a file of the agent's repository. Throws 'agent-not-ready' with git's reason. */
export async function writePackFile(
  context: AgentContext,
  link: AgentLink,
  run: (args: readonly string[]) => Promise<ContainerGitResult>,
): Promise<PackFile> {
  const base = temporaryName();
  const { exitCode, stdout, stderr } = await run([base]);
  const hash = stdout.toString('latin1').trim();
  if (exitCode !== 0 || !/^[0-9a-f]{40}$/.test(hash)) {
    throw new GitisoError('agent-not-ready', `the files could not be packed: ${stderr.slice(0, 400)}`);
  }
  const ends = ['pack', 'idx', 'rev'].map((end) => `${base}-${hash}.${end}`);
  return {
    parts: readInParts(context, link, `${base}-${hash}.pack`),
    remove: () => unlink(link, ends),
  };
}

async function* readInParts(context: AgentContext, link: AgentLink, path: string): AsyncGenerator<Buffer> {
  const partBytes = Math.min(largestPart, wholeLimit(context));
  let offset = 0;
  let part: Buffer;
  do {
    part = await context.containerGit.readPart(link, { path, offset, limit: partBytes }, partTimeoutMs);
    offset += part.length;
    if (part.length > 0) yield part;
  } while (part.length === partBytes);
}

/** Stores the objects in the agent's repository, by its own git. Throws 'agent-create-failed' with git's reason. */
export async function bringPack(context: AgentContext, link: AgentLink, pack: SnapshotPack): Promise<void> {
  if (Buffer.isBuffer(pack)) {
    const objects = pack.readUInt32BE(8);
    if (objects === 0) return;
    const args = objects <= looseObjects ? ['unpack-objects', '-q'] : ['index-pack', '--stdin'];
    requireStored(await context.containerGit.run(link, args, { ...limits, stdin: pack }));
    return;
  }
  const path = temporaryName();
  try {
    for await (const part of inParts(pack, Math.min(largestPart, wholeLimit(context))))
      requireStored(await shell(context.containerGit, link, ['cat >> "$0"', path], part));
    requireStored(await shell(context.containerGit, link, ['git index-pack --stdin < "$0"', path]));
  } finally {
    await unlink(link, [path]).catch(() => undefined);
  }
}

const limits = { timeoutMs, outputLimitBytes: smallOutput };

function shell(git: ContainerGit, link: AgentLink, script: readonly string[], stdin?: Buffer) {
  const program = '/bin/sh';
  return git.run(link, ['-c', ...script], { ...limits, program, ...(stdin === undefined ? {} : { stdin }) });
}

/** Joins what a pipe brings in small pieces. */
async function* inParts(source: AsyncIterable<Buffer>, partBytes: number): AsyncGenerator<Buffer> {
  let held: Buffer[] = [];
  let bytes = 0;
  for await (const piece of source) {
    held.push(piece);
    bytes += piece.length;
    if (bytes < partBytes) continue;
    const joined = Buffer.concat(held);
    yield joined.subarray(0, partBytes);
    held = [joined.subarray(partBytes)];
    bytes -= partBytes;
  }
  if (bytes > 0) yield Buffer.concat(held);
}

function requireStored({ exitCode, stderr }: ContainerGitResult): void {
  if (exitCode === 0) return;
  throw new GitisoError(
    'agent-create-failed',
    `the snapshot could not be stored in the container: ${stderr.slice(0, 400)}`,
    { details: { exitCode } },
  );
}

/** What a killed daemon leaves of this, git's own `prune` removes. */
function temporaryName(): string {
  return `${containerPaths.gitdir}/objects/pack/tmp_snapshot-${randomBytes(8).toString('hex')}`;
}

async function unlink(link: AgentLink, paths: readonly string[]): Promise<void> {
  const params = { append: [], write: [], rename: [], unlink: [...paths] };
  await link.peer.request('shim.files', params, { timeoutMs: 10_000 });
}
