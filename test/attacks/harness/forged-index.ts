/** Index files made by hand (git's gitformat-index), so that they can be as wrong as one likes. */
import { createHash } from 'node:crypto';

export interface IndexEntry {
  /** One byte per character. */
  readonly path: string;
  readonly id: string;
  readonly mode?: number;
  readonly stage?: number;
  /** What the flags say about the name's length; the truth when left out. */
  readonly nameLength?: number;
  /** The second flag word of version 3: skip-worktree 0x4000, intent-to-add 0x2000. */
  readonly extended?: number;
}

export interface IndexParts {
  readonly version?: number;
  readonly entries?: readonly IndexEntry[];
  /** What the header says. */
  readonly count?: number;
  readonly extensions?: readonly (readonly [name: string, content: Buffer, size?: number])[];
  readonly checksum?: Buffer;
  /** Instead of entries. */
  readonly body?: Buffer;
}

export function indexOf(parts: IndexParts): Buffer {
  const { version = 2, entries = [], extensions = [] } = parts;
  const header = Buffer.alloc(12);
  header.write('DIRC');
  header.writeUInt32BE(version, 4);
  header.writeUInt32BE(parts.count ?? entries.length, 8);
  const body = parts.body ?? Buffer.concat(entries.map((entry) => entryOf(entry, version)));
  const all = Buffer.concat([
    header,
    body,
    ...extensions.map(([name, content, size]) => extension(name, content, size)),
  ]);
  return Buffer.concat([all, parts.checksum ?? createHash('sha1').update(all).digest()]);
}

function entryOf(entry: IndexEntry, version: number): Buffer {
  const path = Buffer.from(entry.path, 'latin1');
  const fixed = Buffer.alloc(62);
  fixed.writeUInt32BE(entry.mode ?? 0o100644, 24);
  fixed.write(entry.id, 40, 'hex');
  const isExtended = entry.extended !== undefined;
  const length = Math.min(entry.nameLength ?? path.length, 0xfff);
  fixed.writeUInt16BE(((entry.stage ?? 0) << 12) | (isExtended ? 0x4000 : 0) | length, 60);
  const second = Buffer.alloc(isExtended ? 2 : 0);
  if (entry.extended !== undefined) second.writeUInt16BE(entry.extended);
  const size = 62 + second.length + path.length;
  const padding = version === 4 ? 1 : 8 - (size % 8);
  return Buffer.concat([fixed, second, path, Buffer.alloc(padding)]);
}

function extension(name: string, content: Buffer, size = content.length): Buffer {
  const header = Buffer.alloc(8);
  header.write(name, 'latin1');
  header.writeUInt32BE(size, 4);
  return Buffer.concat([header, content]);
}
