/** Takes a tree object apart. Pure; says nothing about whether its entries are fit. */
import type { Oid } from '../../shared/ids';

export interface TreeEntry {
  readonly mode: string;
  /** One byte per character. */
  readonly name: string;
  readonly id: Oid;
}

/** null: not a tree. Format: `<mode> SP <name> NUL <20 bytes>`, repeated. */
export function parseTree(content: Buffer): readonly TreeEntry[] | null {
  const entries: TreeEntry[] = [];
  let at = 0;
  while (at < content.length) {
    const space = content.indexOf(0x20, at);
    const end = content.indexOf(0, space);
    if (space < 0 || end < 0 || end + 21 > content.length) return null;
    entries.push({
      mode: content.toString('latin1', at, space),
      name: content.toString('latin1', space + 1, end),
      id: content.toString('hex', end + 1, end + 21) as Oid,
    });
    at = end + 21;
  }
  return entries;
}
