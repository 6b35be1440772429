/** What the commit will hold: the shim's prefetch when it fits, else the container's git is asked. */
import { isOid, type Oid } from '../../shared/ids';
import { commitPrefetch } from '../../shared/invocation';
import type { OfferedBlob } from '../git/commit-engine';
import type { CommitCall } from './commit-call';
import { parseBatch, parseLooseObjects } from './offered-blobs';
import { blobsOf, parseRawDiff, type StagedChanges } from './raw-diff';

export interface Staged extends StagedChanges {
  readonly blobs: readonly OfferedBlob[];
  readonly isPrefetched: boolean;
}

/** Portions in which blobs are asked for; a larger file comes alone. */
const portionBytes = 16 * 1024 * 1024;
/** At most so many objects at a time, and so many bytes for one commit. */
const idsPerPortion = 1000;
const gatheredLimitBytes = 192 * 1024 * 1024;
/** The protocol's largest attachment. */
const blobLimitBytes = 64 * 1024 * 1024 - 1024;

/** The prefetch, if there is one and it tells about this commit; null otherwise. */
export function prefetchedChanges(call: CommitCall): Staged | null {
  const { invocation, attachments, config, head } = call;
  const [list] = attachments;
  if (!invocation.prefetched || list === undefined) return null;
  if (invocation.parent !== head.commit || !isPlainAlgorithm(config.diffAlgorithm)) return null;
  const parsed = parseRawDiff(list.toString('latin1'));
  if (parsed === null) return null;
  return { ...parsed, blobs: sentBlobs(call, parsed), isPrefetched: true };
}

/** The difference of an index (null: the real one) to a tree, asked for in the container. null: git failed, or it is too long. */
export async function askForChanges(
  call: CommitCall,
  base: Oid,
  indexFile: string | null,
): Promise<Staged | null> {
  const { diffAlgorithm } = call.config;
  const [command, ...options] = commitPrefetch;
  const algorithm = isPlainAlgorithm(diffAlgorithm) ? [] : [`--diff-algorithm=${diffAlgorithm ?? ''}`];
  const result = await call.container.git(
    [command, ...options, ...algorithm, base],
    indexFile === null ? {} : { env: { GIT_INDEX_FILE: indexFile } },
  );
  if (result.exitCode !== 0 || result.isTruncated) return null;
  const parsed = parseRawDiff(result.stdout.toString('latin1'));
  return parsed && { ...parsed, blobs: sentBlobs(call, parsed), isPrefetched: false };
}

/**
 * Contents of blobs from the agent's quarantine. What it does not have is left out, and so is what goes beyond
 * `gatheredLimitBytes`: the commit then lacks objects.
 */
export async function askForBlobs(call: CommitCall, ids: readonly Oid[]): Promise<readonly OfferedBlob[]> {
  const found: OfferedBlob[] = [];
  let left = [...new Set(ids.filter(isOid))];
  let bytes = 0;
  let portion = idsPerPortion;
  while (left.length > 0 && bytes < gatheredLimitBytes) {
    const asked = left.slice(0, portion);
    const limitBytes = asked.length === 1 ? blobLimitBytes : portionBytes;
    const result = await call.container.git(['cat-file', '--batch'], {
      stdin: Buffer.from(`${asked.join('\n')}\n`, 'latin1'),
      limitBytes,
    });
    const blobs = parseBatch(result.stdout.subarray(0, limitBytes), new Set(asked));
    found.push(...blobs);
    bytes += result.stdout.length;
    const known = new Set(blobs.map((blob) => blob.id));
    // Cut short: fewer at a time, so that a large file comes alone in the end. Whole: what is not there is missing.
    const isCut = result.isTruncated && asked.length > 1;
    left = [...(isCut ? asked.filter((id) => !known.has(id)) : []), ...left.slice(asked.length)];
    portion = isCut ? Math.max(1, Math.floor(asked.length / 2)) : idsPerPortion;
  }
  return found;
}

/** The objects that came with the request, as far as the changes need them. */
function sentBlobs(call: CommitCall, { changes }: StagedChanges): readonly OfferedBlob[] {
  const [, objects] = call.attachments;
  return objects === undefined ? [] : parseLooseObjects(objects, blobsOf(changes));
}

function isPlainAlgorithm(name: string | null): boolean {
  return name === null || name === 'default' || name === 'myers';
}
