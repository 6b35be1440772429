/**
 * Takes blobs from an agent into the repository: unpack within limits, write with libgit2 (which hashes with
 * collision detection), and accept only when the id is the one that was announced. Runs in a worker.
 */
import { inflateSync } from 'node:zlib';
import type { OfferedBlob } from './commit-engine';
import type { GitRepository, NodeGit } from './nodegit';
import { syncLooseObject } from './sync-loose-object';
import type { Refusal } from './worker-protocol';

export interface ImportLimits {
  readonly gitDirectory: string;
  readonly blobLimitBytes: number;
  readonly syncAboveBytes: number;
}

/** Longest header of a loose object: "blob " + 20 digits + NUL. */
const headerBytes = 26;

export async function importBlobs(
  git: NodeGit,
  repository: GitRepository,
  blobs: readonly OfferedBlob[],
  limits: ImportLimits,
): Promise<Refusal | null> {
  const refusals = await Promise.all(blobs.map((blob) => importBlob(git, repository, blob, limits)));
  return refusals.find((refusal) => refusal !== null) ?? null;
}

async function importBlob(
  git: NodeGit,
  repository: GitRepository,
  blob: OfferedBlob,
  limits: ImportLimits,
): Promise<Refusal | null> {
  const content = blob.form === 'raw' ? blob.bytes : unpackLoose(blob.bytes, limits.blobLimitBytes);
  if (content === null)
    return invalid('object-form', `object ${blob.id} is not a well-formed blob within the size limit`);
  if (content.length > limits.blobLimitBytes)
    return invalid('blob-size', `object ${blob.id} is larger than ${String(limits.blobLimitBytes)} bytes`);
  const id = await git.Blob.createFromBuffer(repository, content, content.length);
  if (id.tostrS() !== blob.id) return invalid('object-hash', `object ${blob.id} does not hash to its name`);
  if (content.length > limits.syncAboveBytes) await syncLooseObject(limits.gitDirectory, blob.id);
  return null;
}

/** The content of a loose blob file, or null when it is anything else or too large. */
export function unpackLoose(file: Buffer, limitBytes: number): Buffer | null {
  let data: Buffer;
  try {
    data = inflateSync(file, { maxOutputLength: limitBytes + headerBytes });
  } catch {
    return null;
  }
  const end = data.subarray(0, headerBytes).indexOf(0);
  if (end < 0) return null;
  const header = /^blob (0|[1-9][0-9]{0,18})$/.exec(data.toString('latin1', 0, end));
  if (header === null || Number(header[1]) !== data.length - end - 1) return null;
  return data.subarray(end + 1);
}

function invalid(rule: string, reason: string): Refusal {
  return { kind: 'invalid', rule, reason };
}
