/**
 * Reads what `git diff-index --cached --raw -z --shortstat --summary` printed in the container (gitdiff: raw output
 * format). The form is checked here, what it means (paths, modes, objects) by the commit engine.
 */
import { isOid, type Oid } from '../../shared/ids';
import type { Change, FileMode } from '../git/commit-engine';

export interface StagedChanges {
  readonly changes: readonly Change[];
  /** The index holds paths with conflicts. */
  readonly isUnmerged: boolean;
  /** The statistics and the list of created, deleted and renamed files, as `git commit` prints them; bytes. */
  readonly summary: string;
}

/** `:` two modes of 6 digits, two ids of 40, a letter and perhaps a score of 3 digits. */
const headerLength = 98;
const headerForm = /^:(\d{6}) (\d{6}) ([0-9a-f]{40}) ([0-9a-f]{40}) ([ACDMRTU])\d{0,3}$/;
const fileModes: ReadonlySet<string> = new Set<FileMode>(['100644', '100755', '120000', '160000']);

/** null: not such an output. */
export function parseRawDiff(output: string): StagedChanges | null {
  const changes = new Map<string, Change>();
  let isUnmerged = false;
  let at = 0;
  while (output[at] === ':') {
    const headerEnd = output.indexOf('\0', at);
    if (headerEnd < 0 || headerEnd - at > headerLength + 3) return null;
    const header = headerForm.exec(output.slice(at, headerEnd));
    const pathEnd = output.indexOf('\0', headerEnd + 1);
    if (header === null || pathEnd < 0) return null;
    const [, , mode = '', , id = '', status = ''] = header;
    const path = output.slice(headerEnd + 1, pathEnd);
    at = pathEnd + 1;
    let target = path;
    if (status === 'R' || status === 'C') {
      const targetEnd = output.indexOf('\0', at);
      if (targetEnd < 0) return null;
      target = output.slice(at, targetEnd);
      at = targetEnd + 1;
    }
    if (status === 'U') {
      isUnmerged = true;
      continue;
    }
    // A rename's old path may be a new file at the same time (a broken pair): what is put stays.
    if ((status === 'D' || status === 'R') && !changes.has(path)) changes.set(path, { kind: 'delete', path });
    if (status === 'D') continue;
    if (!isFileMode(mode) || !isOid(id)) return null;
    changes.set(target, { kind: 'put', path: target, mode, id });
  }
  return { changes: [...changes.values()], isUnmerged, summary: output.slice(at) };
}

/** The blobs a change list needs. */
export function blobsOf(changes: readonly Change[]): ReadonlySet<Oid> {
  return new Set(
    changes.flatMap((change) => (change.kind === 'put' && change.mode !== '160000' ? [change.id] : [])),
  );
}

function isFileMode(mode: string): mode is FileMode {
  return fileModes.has(mode);
}
