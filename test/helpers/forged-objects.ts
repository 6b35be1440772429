/** Objects and packs of git made by hand, so that they can be as wrong as one likes. */
import { createHash } from 'node:crypto';
import { deflateSync } from 'node:zlib';

export type ObjectType = 'commit' | 'tree' | 'blob' | 'tag';
export type Item = readonly [type: ObjectType, content: string | Buffer];

const typeCodes: Readonly<Record<ObjectType, number>> = { commit: 1, tree: 2, blob: 3, tag: 4 };

/** A whole pack (git's gitformat-pack) of objects without deltas. */
export function packOf(...items: readonly Item[]): Buffer {
  return sealedPack(items.length, Buffer.concat(items.map((item) => packEntry(item))));
}

/** The header says `count`, whatever the entries are; the checksum is right. */
export function sealedPack(count: number, entries: Buffer): Buffer {
  const header = Buffer.alloc(12);
  header.write('PACK');
  header.writeUInt32BE(2, 4);
  header.writeUInt32BE(count, 8);
  const all = Buffer.concat([header, entries]);
  return Buffer.concat([all, createHash('sha1').update(all).digest()]);
}

/** One entry; `size` is what its header says, the true length when left out. */
export function packEntry([type, content]: Item, size?: number): Buffer {
  const bytes = Buffer.from(content);
  return Buffer.concat([entryHeader(typeCodes[type], size ?? bytes.length), deflateSync(bytes)]);
}

/** An entry that is a delta on the object of this id (type 7, OBJ_REF_DELTA). */
export function deltaEntry(baseId: string, delta: Buffer): Buffer {
  return Buffer.concat([entryHeader(7, delta.length), Buffer.from(baseId, 'hex'), deflateSync(delta)]);
}

/** An entry that is a delta on what lies so many bytes before it (type 6, OBJ_OFS_DELTA); below 128. */
export function offsetDeltaEntry(distance: number, delta: Buffer): Buffer {
  return Buffer.concat([entryHeader(6, delta.length), Buffer.from([distance]), deflateSync(delta)]);
}

/** A number as packs and deltas write it: seven bits a byte, the lowest first. */
export function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128);
  return Buffer.from([...bytes, rest]);
}

function entryHeader(code: number, size: number): Buffer {
  const rest = Math.floor(size / 16);
  const first = (code << 4) | (size % 16) | (rest > 0 ? 128 : 0);
  return rest > 0 ? Buffer.concat([Buffer.from([first]), varint(rest)]) : Buffer.from([first]);
}

export function idOf([type, content]: Item): string {
  const bytes = Buffer.from(content);
  return createHash('sha1')
    .update(`${type} ${String(bytes.length)}\0`)
    .update(bytes)
    .digest('hex');
}

/** The file of a loose object; `header` is what it says of itself. */
export function looseFile([type, content]: Item, header?: string): Buffer {
  const bytes = Buffer.from(content);
  return deflateSync(
    Buffer.concat([Buffer.from(header ?? `${type} ${String(bytes.length)}\0`, 'latin1'), bytes]),
  );
}

export type TreeEntry = readonly [mode: string, name: string, id: string];

export function treeOf(...entries: readonly TreeEntry[]): Item {
  const parts = entries.map(([mode, name, id]) =>
    Buffer.concat([Buffer.from(`${mode} ${name}\0`, 'latin1'), Buffer.from(id, 'hex')]),
  );
  return ['tree', Buffer.concat(parts)];
}

export interface CommitFacts {
  readonly tree: string;
  readonly parents?: readonly string[];
  /** Name and address; the time when it is left out of them is a fixed one. */
  readonly author?: string;
  readonly committer?: string;
  /** Lines between the committer and the message, each with its newline. */
  readonly more?: string;
  readonly message?: string;
}

export function commitOf(facts: CommitFacts): Item {
  const { tree, parents = [], author = 'Agent <a@example.invalid>', committer = author } = facts;
  const dated = (person: string) => (/> -?\d+ /.test(person) ? person : `${person} 1700000000 +0000`);
  const lines = [
    `tree ${tree}`,
    ...parents.map((parent) => `parent ${parent}`),
    `author ${dated(author)}`,
    `committer ${dated(committer)}`,
  ];
  const text = `${lines.join('\n')}\n${facts.more ?? ''}\n${facts.message ?? 'hostile\n'}`;
  return ['commit', Buffer.from(text, 'latin1')];
}
