/**
 * The form of commits, trees and tags, at least as strict as `git fsck --strict` (git's fsck.c), for objects that no git has
 * looked at. It never refuses: what is not plainly well-formed is left to git's own judgement. Pure: sees bytes only.
 */
import type { Oid } from '../../shared/ids';
import type { ObjectType } from '../git/parse-plain-pack';
import { componentProblem } from './path-policy';
import { parseTree, type TreeEntry } from './tree-entries';

/** An object that another one names, and what it has to be. */
export interface Link {
  readonly id: Oid;
  readonly type: ObjectType;
}

export interface PlainObject {
  readonly links: readonly Link[];
  /** Blobs that git would read as .gitattributes: see `arePlainAttributes`. */
  readonly attributes: readonly Oid[];
}

const person = '[^<>\\n\\0]* <[^<>\\n\\0]*> (?:0|[1-9][0-9]{0,9}) [+-][0-9]{4}';
const authorLine = new RegExp(`^author ${person}$`);
const committerLine = new RegExp(`^committer ${person}$`);
const taggerLine = new RegExp(`^tagger ${person}$`);
const extraLine = /^(?!(?:tree|parent|author|committer) )[a-z][a-z0-9-]* ./;
const tagLines = /^object ([0-9a-f]{40})\ntype (commit|tree|blob|tag)\ntag [A-Za-z0-9][A-Za-z0-9+_-]*$/;
const mostParents = 64;
const nothing = '0'.repeat(40);
/** ATTR_MAX_LINE_LENGTH of git's attr.h. */
const attributesLineBytes = 2048;
const attributesBytes = 1024 * 1024;

/** null: not plainly well-formed. */
export function readPlainObject(type: ObjectType, content: Buffer): PlainObject | null {
  switch (type) {
    case 'blob':
      return { links: [], attributes: [] };
    case 'tree':
      return readPlainTree(content);
    case 'commit':
      return readPlainCommit(content.toString('latin1'));
    case 'tag':
      return readPlainTag(content.toString('latin1'));
  }
}

/** Whether git's fsck has nothing against these contents of a .gitattributes file. */
export function arePlainAttributes(content: Buffer): boolean {
  if (content.length > attributesBytes) return false;
  return content
    .toString('latin1')
    .split('\n')
    .every((line) => line.length < attributesLineBytes);
}

function readPlainCommit(text: string): PlainObject | null {
  const end = text.indexOf('\n\n');
  if (end < 0 || text.includes('\0')) return null;
  const [tree = '', ...lines] = text.slice(0, end).split('\n');
  const links: Link[] = [];
  if (!/^tree [0-9a-f]{40}$/.test(tree)) return null;
  links.push({ id: tree.slice(5) as Oid, type: 'tree' });
  while (/^parent [0-9a-f]{40}$/.test(lines[0] ?? '')) {
    links.push({ id: (lines.shift() ?? '').slice(7) as Oid, type: 'commit' });
    if (links.length > mostParents) return null;
  }
  const [author = '', committer = '', ...extra] = lines;
  if (!authorLine.test(author) || !committerLine.test(committer)) return null;
  const isPlain = extra.every((line, index) => (index > 0 && line.startsWith(' ')) || extraLine.test(line));
  return isPlain ? { links, attributes: [] } : null;
}

function readPlainTag(text: string): PlainObject | null {
  const end = text.indexOf('\n\n');
  if (end < 0 || text.includes('\0')) return null;
  const head = text.slice(0, end);
  const last = head.lastIndexOf('\n');
  const match = tagLines.exec(head.slice(0, Math.max(last, 0)));
  if (match === null || !taggerLine.test(head.slice(last + 1))) return null;
  return { links: [{ id: match[1] as Oid, type: match[2] as ObjectType }], attributes: [] };
}

function readPlainTree(content: Buffer): PlainObject | null {
  const entries = parseTree(content);
  if (entries === null) return null;
  const links: Link[] = [];
  const attributes: Oid[] = [];
  const names = new Set<string>();
  let previous = '';
  for (const entry of entries) {
    const key = sortKey(entry);
    if (key <= previous || names.has(entry.name) || !isPlainEntry(entry)) return null;
    previous = key;
    names.add(entry.name);
    if (entry.mode !== '160000') links.push({ id: entry.id, type: entry.mode === '40000' ? 'tree' : 'blob' });
    if (entry.name.toLowerCase() === '.gitattributes') attributes.push(entry.id);
  }
  return { links, attributes };
}

/** git's base_name_compare: a folder sorts as if its name ended with a slash. */
function sortKey({ mode, name }: TreeEntry): string {
  return `${name}${mode === '40000' ? '/' : '\0'}`;
}

const plainModes = new Set(['40000', '100644', '100755', '120000', '160000']);
const regularModes = new Set(['100644', '100755']);
const interpreted = new Set(['.git', '.gitmodules', '.gitattributes', '.gitignore', '.mailmap']);

function isPlainEntry({ mode, name, id }: TreeEntry): boolean {
  if (!plainModes.has(mode) || id === nothing || name.includes('/') || componentProblem(name) !== null)
    return false;
  // What NTFS may take for another name.
  if (/[~\\:]|[ .]$/.test(name)) return false;
  const plain = name.toLowerCase();
  // What HFS+ may take for another name: it leaves out some characters beyond ASCII.
  const ascii = plain.replace(/[^\x00-\x7f]/g, '');
  if (ascii !== plain && interpreted.has(ascii)) return false;
  // The contents of .gitmodules are git's to judge.
  if (plain === '.gitmodules') return false;
  return !interpreted.has(plain) || regularModes.has(mode);
}
