/**
 * Takes blobs from an agent into the repository: unpack within limits, write with libgit2 (which hashes with
 * collision detection), and accept only when the id is the one that was announced. Runs in a worker.
 */
import { createHash } from 'node:crypto';
import type { Oid } from '../../shared/ids';
import type { OfferedBlob } from './commit-engine';
import { openLoose } from './loose-file';
import type { GitRepository, NodeGit } from './nodegit';
import type { Refusal } from './worker-protocol';

export interface ImportLimits {
  readonly blobLimitBytes: number;
  /** Of all unpacked blobs together. */
  readonly totalLimitBytes: number;
}

/** So much unpacked content may wait for libgit2 at a time. */
const inFlightBytes = 4 * 1024 * 1024;

/** One after the other where they are large: a few packed megabytes may unpack to very much. */
export async function importBlobs(
  git: NodeGit,
  repository: GitRepository,
  blobs: readonly OfferedBlob[],
  limits: ImportLimits,
): Promise<Refusal | null> {
  let total = 0;
  let waiting: Promise<Refusal | null>[] = [];
  let waitingBytes = 0;
  for (const blob of blobs) {
    const content = blob.form === 'raw' ? blob.bytes : unpackBlob(blob.bytes, limits.blobLimitBytes);
    total += content?.length ?? 0;
    const refusal = content === null ? malformed(blob.id) : checkSize(blob.id, content, total, limits);
    if (refusal !== null || content === null) {
      await Promise.all(waiting);
      return refusal;
    }
    waiting.push(writeBlob(git, repository, blob.id, content));
    waitingBytes += content.length;
    if (waitingBytes < inFlightBytes) continue;
    const found = (await Promise.all(waiting)).find((one) => one !== null);
    if (found) return found;
    waiting = [];
    waitingBytes = 0;
  }
  return (await Promise.all(waiting)).find((one) => one !== null) ?? null;
}

async function writeBlob(
  git: NodeGit,
  repository: GitRepository,
  id: Oid,
  content: Buffer,
): Promise<Refusal | null> {
  // Before anything is written: what is refused leaves nothing. Which bytes the name stands for is libgit2's word.
  const hash = createHash('sha1')
    .update(`blob ${String(content.length)}\0`)
    .update(content)
    .digest('hex');
  if (hash !== id) return invalid('object-hash', `object ${id} does not hash to its name`);
  const written = await git.Blob.createFromBuffer(repository, content, content.length);
  return written.tostrS() === id ? null : invalid('object-hash', `object ${id} does not hash to its name`);
}

function checkSize(id: Oid, content: Buffer, total: number, limits: ImportLimits): Refusal | null {
  if (content.length > limits.blobLimitBytes)
    return invalid('blob-size', `object ${id} is larger than ${String(limits.blobLimitBytes)} bytes`);
  if (total > limits.totalLimitBytes)
    return invalid(
      'commit-size',
      `the files of the commit are larger than ${String(limits.totalLimitBytes)} bytes`,
    );
  return null;
}

function unpackBlob(file: Buffer, limitBytes: number): Buffer | null {
  const object = openLoose(file, limitBytes);
  return object?.type === 'blob' ? object.content : null;
}

function malformed(id: Oid): Refusal {
  return invalid('object-form', `object ${id} is not a well-formed blob within the size limit`);
}

function invalid(rule: string, reason: string): Refusal {
  return { kind: 'invalid', rule, reason };
}
