/**
 * Judges few new loose objects from an agent without starting a git: their form, and that all they name is among them
 * or in the repository, with the right type. Never accepts what `git unpack-objects --strict` would refuse; what is
 * not plain is left to that. Stores nothing. Runs in a worker.
 */
import { createHash } from 'node:crypto';
import type { Oid } from '../../shared/ids';
import { arePlainAttributes, readPlainObject, type PlainObject } from '../policy/object-form';
import { parseTree, type TreeEntry } from '../policy/tree-entries';
import { openLoose, type LooseFile } from './loose-file';
import type { GitRepository, NodeGit } from './nodegit';
import type { ObjectType } from './parse-plain-pack';
import { createObjectReader, type ObjectReader } from './read-object';

export interface OfferLimits {
  /** Largest object; bytes. */
  readonly objectBytes: number;
  /** Of all unpacked objects together. */
  readonly totalBytes: number;
}

export interface CheckedObject {
  readonly id: Oid;
  readonly type: ObjectType;
  /** null: a blob's. */
  readonly content: Buffer | null;
}

interface NewObject extends PlainObject {
  readonly type: ObjectType;
  readonly content: Buffer;
}

/** So many objects of the repository are read because no tree beside them vouches for them. */
const mostReads = 64;
/** What one request may cost in all: bytes that are read from the repository, and that are compared. */
const mostReadBytes = 32 * 1024 * 1024;
const mostComparedBytes = 32 * 1024 * 1024;

/** Those that the repository lacks, each after all it names; null: git is to judge them. */
export async function checkOffered(
  git: NodeGit,
  repository: GitRepository,
  offered: readonly LooseFile[],
  limits: OfferLimits,
): Promise<readonly CheckedObject[] | null> {
  const reader = await createObjectReader(git, repository, mostReadBytes);
  const objects = new Map<Oid, NewObject>();
  let left = limits.totalBytes;
  for (const { id, bytes } of offered) {
    if (objects.has(id) || reader.isKnown(id)) continue;
    const opened = openLoose(bytes, Math.min(left, limits.objectBytes));
    if (opened === null || hashOf(opened) !== id) return null;
    const plain = readPlainObject(opened.type, opened.content);
    if (plain === null) return null;
    left -= opened.content.length;
    objects.set(id, { ...opened, ...plain });
  }
  if (!(await areComplete(reader, objects)) || !(await haveFitAttributes(reader, objects))) return null;
  return childrenFirst(objects).map(({ id, type, content }) => ({
    id,
    type,
    content: type === 'blob' ? null : content,
  }));
}

/** In this order they can be stored: at any time, what is there is complete. */
function childrenFirst(objects: ReadonlyMap<Oid, NewObject>): readonly (NewObject & { readonly id: Oid })[] {
  const ordered = new Map<Oid, NewObject & { readonly id: Oid }>();
  const visited = new Set<Oid>();
  const visit = (id: Oid): void => {
    const object = objects.get(id);
    if (object === undefined || visited.has(id)) return;
    visited.add(id);
    for (const link of object.links) visit(link.id);
    ordered.set(id, { ...object, id });
  };
  for (const id of objects.keys()) visit(id);
  return [...ordered.values()];
}

/** Quick, and not what acceptance rests on: libgit2 hashes again before anything is stored (write-loose.ts). */
function hashOf({ type, content }: { readonly type: ObjectType; readonly content: Buffer }): string {
  return createHash('sha1')
    .update(`${type} ${String(content.length)}\0`)
    .update(content)
    .digest('hex');
}

/**
 * The repository is complete: what one of its trees names is there, as what the tree says. So the old trees in the
 * place of the new ones vouch for the types of what has not changed, and only the rest is read.
 */
async function areComplete(reader: ObjectReader, objects: ReadonlyMap<Oid, NewObject>): Promise<boolean> {
  const vouched = await vouchedFor(reader, objects);
  if (vouched === null) return false;
  const present = new Set<Oid>();
  let reads = 0;
  for (const { links } of objects.values()) {
    for (const { id, type } of links) {
      const known = objects.get(id)?.type ?? vouched.get(id);
      if (known === type && (objects.has(id) || present.has(id) || reader.isKnown(id))) {
        present.add(id);
        continue;
      }
      reads += 1;
      if (known !== undefined || reads > mostReads) return false;
      if ((await reader.read(id))?.type !== type) return false;
      vouched.set(id, type);
      present.add(id);
    }
  }
  return true;
}

type ContentOf = (id: Oid, type: ObjectType) => Promise<Buffer | null>;

/** null: it is too much. */
async function vouchedFor(
  reader: ObjectReader,
  objects: ReadonlyMap<Oid, NewObject>,
): Promise<Map<Oid, ObjectType> | null> {
  const vouched = new Map<Oid, ObjectType>();
  const contentOf: ContentOf = async (id, type) => {
    const own = objects.get(id);
    if (own !== undefined) return own.type === type ? own.content : null;
    const read = await reader.read(id);
    if (read?.type !== type) return null;
    vouched.set(id, type);
    return read.content;
  };
  const pairs = [...(await rootPairs(objects, contentOf))];
  const seen = new Set<string>();
  let left = mostComparedBytes;
  for (let pair = pairs.pop(); pair !== undefined; pair = pairs.pop()) {
    const [fresh, old] = pair;
    const mine = objects.get(fresh);
    if (mine?.type !== 'tree' || fresh === old || seen.has(pair.join())) continue;
    seen.add(pair.join());
    const before = (await contentOf(old, 'tree')) ?? Buffer.alloc(0);
    left -= before.length + mine.content.length;
    if (left < 0) return null;
    const entries = parseTree(before) ?? [];
    // What a new tree says of others is still to be shown.
    if (!objects.has(old)) vouch(vouched, entries);
    pairs.push(...folderPairs(mine.content, entries));
  }
  return vouched;
}

/** The trees of new commits with those of their parents. */
async function rootPairs(
  objects: ReadonlyMap<Oid, NewObject>,
  contentOf: ContentOf,
): Promise<readonly (readonly [Oid, Oid])[]> {
  const pairs: (readonly [Oid, Oid])[] = [];
  for (const { type, links } of objects.values()) {
    if (type !== 'commit') continue;
    const tree = links.find((link) => link.type === 'tree')?.id;
    for (const parent of links.filter((link) => link.type === 'commit')) {
      const text = (await contentOf(parent.id, 'commit'))?.toString('latin1', 0, 45) ?? '';
      const old = /^tree ([0-9a-f]{40})/.exec(text)?.[1] as Oid | undefined;
      if (tree !== undefined && old !== undefined) pairs.push([tree, old]);
    }
  }
  return pairs;
}

/** Folders of one name in both. */
function folderPairs(content: Buffer, before: readonly TreeEntry[]): readonly (readonly [Oid, Oid])[] {
  const folders = new Map(before.filter(isFolder).map(({ name, id }) => [name, id]));
  return (parseTree(content) ?? []).filter(isFolder).flatMap(({ name, id }) => {
    const old = folders.get(name);
    return old === undefined ? [] : [[id, old] as const];
  });
}

function vouch(vouched: Map<Oid, ObjectType>, entries: readonly TreeEntry[]): void {
  for (const entry of entries)
    if (entry.mode !== '160000') vouched.set(entry.id, isFolder(entry) ? 'tree' : 'blob');
}

function isFolder({ mode }: TreeEntry): boolean {
  return mode === '40000';
}

async function haveFitAttributes(
  reader: ObjectReader,
  objects: ReadonlyMap<Oid, NewObject>,
): Promise<boolean> {
  const ids = new Set([...objects.values()].flatMap(({ attributes }) => attributes));
  if (ids.size > mostReads) return false;
  for (const id of ids) {
    const content = objects.get(id)?.content ?? (await reader.read(id))?.content;
    if (content === undefined || !arePlainAttributes(content)) return false;
  }
  return true;
}
