/**
 * Blobs as they come out of a container: the shim's attachment of loose objects, and `git cat-file --batch`. Only
 * cuts the bytes apart; whether an object is what its id says is for the commit engine to find out.
 */
import { isOid, type Oid } from '../../shared/ids';
import type { OfferedBlob } from '../git/commit-engine';
import type { LooseFile } from '../git/loose-file';

const newline = 0x0a;
/** Longest line in front of an object: id, type, length. */
const lineLimit = 80;

/** `<id> <length>\n` and so many bytes, repeated. What is malformed ends the list: it is asked for again, then. */
export function parseLooseObjects(attachment: Buffer, wanted: ReadonlySet<Oid>): readonly OfferedBlob[] {
  const left = new Set(wanted);
  return parseLooseFiles(attachment, (id) => left.delete(id)).map((file) => ({ ...file, form: 'loose' }));
}

/** Those that `isWanted`, in their order. */
export function parseLooseFiles(attachment: Buffer, isWanted: (id: Oid) => boolean): readonly LooseFile[] {
  const files: LooseFile[] = [];
  for (let at = 0; at < attachment.length;) {
    const line = lineAt(attachment, at);
    const match = line === null ? null : /^([0-9a-f]{40}) (\d{1,9})$/.exec(line);
    if (line === null || match === null) break;
    const [, id = '', digits = ''] = match;
    const start = at + line.length + 1;
    const end = start + Number(digits);
    if (end > attachment.length) break;
    if (isOid(id) && isWanted(id)) files.push({ id, bytes: attachment.subarray(start, end) });
    at = end;
  }
  return files;
}

/** `<id> blob <length>\n`, the content and `\n`, repeated; `<id> missing\n` is passed over. */
export function parseBatch(output: Buffer, wanted: ReadonlySet<Oid>): readonly OfferedBlob[] {
  const blobs: OfferedBlob[] = [];
  const left = new Set(wanted);
  for (let at = 0; at < output.length;) {
    const line = lineAt(output, at);
    if (line === null) break;
    const start = at + line.length + 1;
    const match = /^([0-9a-f]{40}) [a-z]{1,10} (\d{1,10})$/.exec(line);
    if (match === null) {
      at = start;
      continue;
    }
    const [, id = '', digits = ''] = match;
    const end = start + Number(digits);
    if (end > output.length) break;
    if (isOid(id) && left.delete(id)) blobs.push({ id, form: 'raw', bytes: output.subarray(start, end) });
    at = end + 1;
  }
  return blobs;
}

function lineAt(bytes: Buffer, at: number): string | null {
  const window = bytes.subarray(at, at + lineLimit);
  const end = window.indexOf(newline);
  return end < 0 ? null : window.toString('latin1', 0, end);
}
