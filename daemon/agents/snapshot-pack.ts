/**
 * The pack of a snapshot on its way out of a container or into one. Most fit into one message; a large one lies in a
 * file of the agent's repository meanwhile and goes in parts, so that the daemon never holds all of it.
 */
import { GitisoError, isGitisoError } from '../../shared/errors';
import { containerPaths } from '../../shared/paths';
import type { AgentContext } from './agent-context';
import type { ContainerGit, ContainerGitResult } from './container-git';
import type { AgentLink } from './links';

/** In one piece, or in parts. */
export type SnapshotPack = Buffer | (() => AsyncIterable<Buffer>);

const timeoutMs = 1_800_000;
const partTimeoutMs = 120_000;
const smallOutput = 65_536;
const largestPart = 16 * 1024 * 1024;
/** As git's own fetch: up to so many objects are stored one by one. */
const looseObjects = 100;

export const packing = ['pack-objects', '--revs', '--stdout', '--delta-base-offset', '-q'] as const;
/** Not in the folder of packs, where git would believe that it has the objects twice. */
export const packFile = `${containerPaths.gitdir}/gitiso-snapshot.pack`;

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

/** Has the container's git write its output into `packFile`. Throws 'agent-not-ready' with git's reason. */
export async function writePackFile(
  context: AgentContext,
  link: AgentLink,
  args: readonly string[],
  stdin: Buffer,
): Promise<void> {
  const script = ['exec git "$@" > "$0"', packFile, ...args];
  const { exitCode, stderr } = await shell(context.containerGit, link, script, stdin);
  if (exitCode === 0) return;
  throw new GitisoError('agent-not-ready', `the files could not be packed: ${reason(exitCode, stderr)}`);
}

/** `packFile`, from its beginning. */
export async function* readPackFile(context: AgentContext, link: AgentLink): AsyncGenerator<Buffer> {
  const partBytes = Math.min(largestPart, wholeLimit(context));
  let offset = 0;
  let part: Buffer;
  do {
    const where = { path: packFile, offset, limit: partBytes };
    part = await context.containerGit.readPart(link, where, partTimeoutMs);
    offset += part.length;
    if (part.length > 0) yield part;
  } while (part.length === partBytes);
}

/** Stores the objects in the agent's repository, by its own git. Throws 'agent-create-failed' with git's reason. */
export async function bringPack(
  context: AgentContext,
  link: AgentLink,
  pack: SnapshotPack,
  signal: AbortSignal,
): Promise<void> {
  if (Buffer.isBuffer(pack)) {
    const objects = pack.readUInt32BE(8);
    if (objects === 0) return;
    const args = objects <= looseObjects ? ['unpack-objects', '-q'] : ['index-pack', '--stdin'];
    requireStored(await context.containerGit.run(link, args, { ...limits, stdin: pack }));
    return;
  }
  try {
    for await (const part of inParts(pack(), Math.min(largestPart, wholeLimit(context)))) {
      signal.throwIfAborted();
      requireStored(await shell(context.containerGit, link, ['cat >> "$0"', packFile], part));
    }
    requireStored(await shell(context.containerGit, link, ['exec git index-pack --stdin < "$0"', packFile]));
  } finally {
    await unlinkInContainer(link, [packFile]).catch(() => undefined);
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
    `the snapshot could not be stored in the container: ${reason(exitCode, stderr)}`,
    { details: { exitCode } },
  );
}

/** The shim says nothing where there is no program. */
function reason(exitCode: number, stderr: string): string {
  return stderr === '' ? `exit code ${String(exitCode)} (is there a /bin/sh?)` : stderr.slice(0, 400);
}

export async function unlinkInContainer(link: AgentLink, paths: readonly string[]): Promise<void> {
  const params = { append: [], write: [], rename: [], unlink: [...paths] };
  await link.peer.request('shim.files', params, { timeoutMs: 10_000 });
}
