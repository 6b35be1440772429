/**
 * Refs of a bare repository through host git: list, and move many at once by compare-and-swap. For what fetches
 * bring; moves on behalf of an agent go through RefUpdates instead.
 */
import { assertOid, zeroOid, type Oid } from '../../shared/ids';
import { requireSuccess, type HostGit } from '../git/host-git';
import type { GitConfigEntry } from '../git/host-git-environment';

/** A git directory and whom git runs as there; a user's clone is only ever touched as its owner. */
export interface GitPlace {
  readonly gitDir: string;
  readonly uid?: number;
  readonly gid?: number;
  readonly config?: readonly GitConfigEntry[];
}

export interface RefMove {
  readonly ref: string;
  /** zeroOid: the ref must not exist. */
  readonly old: Oid;
  /** zeroOid: delete. */
  readonly new: Oid;
}

/** Names carry one byte per character. Symbolic refs are left out. */
export type RefMap = ReadonlyMap<string, Oid>;

export const localLimits = { timeoutMs: 60_000, outputLimitBytes: 64 * 1024 * 1024 } as const;

export async function listRefs(git: HostGit, place: GitPlace, patterns: readonly string[]): Promise<RefMap> {
  const { stdout } = requireSuccess(
    await git.run(['for-each-ref', '--format=%(objectname)%09%(symref)%09%(refname)', ...patterns], {
      ...place,
      ...localLimits,
    }),
    'the refs could not be listed',
  );
  const refs = new Map<string, Oid>();
  for (const line of stdout.toString('latin1').split('\n')) {
    const [id, symref, ref] = line.split('\t');
    if (id !== undefined && ref !== undefined && symref === '') refs.set(ref, assertOid(id));
  }
  return refs;
}

export interface MovedRefs {
  readonly moved: readonly RefMove[];
  readonly refused: readonly RefMove[];
}

/**
 * All moves in one transaction, or else each that is possible by itself (a name can be in the way of another, a
 * value can have changed). Returns those that were made.
 */
export async function moveRefs(git: HostGit, place: GitPlace, moves: readonly RefMove[]): Promise<MovedRefs> {
  if (moves.length === 0) return { moved: [], refused: [] };
  if (await moveRefsAtOnce(git, place, moves)) return { moved: moves, refused: [] };
  const moved: RefMove[] = [];
  const refused: RefMove[] = [];
  for (const move of moves) {
    (moves.length > 1 && (await moveRefsAtOnce(git, place, [move])) ? moved : refused).push(move);
  }
  return { moved, refused };
}

/** All moves in one transaction; false: none was made. */
export async function moveRefsAtOnce(
  git: HostGit,
  place: GitPlace,
  moves: readonly RefMove[],
): Promise<boolean> {
  const result = await git.run(['update-ref', '--no-deref', '--stdin', '-z'], {
    ...place,
    ...localLimits,
    stdin: Buffer.from(moves.map(instruction).join(''), 'latin1'),
  });
  return result.exitCode === 0;
}

function instruction(move: RefMove): string {
  if (move.new === zeroOid) return `delete ${move.ref}\0${move.old}\0`;
  if (move.old === zeroOid) return `create ${move.ref}\0${move.new}\0`;
  return `update ${move.ref}\0${move.new}\0${move.old}\0`;
}

/** What changed between two listings, in name order. */
export function compareRefs(before: RefMap, after: RefMap): readonly RefMove[] {
  const moves: RefMove[] = [];
  for (const [ref, value] of after) {
    const old = before.get(ref) ?? zeroOid;
    if (old !== value) moves.push({ ref, old, new: value });
  }
  for (const [ref, old] of before) if (!after.has(ref)) moves.push({ ref, old, new: zeroOid });
  return moves.sort((a, b) => (a.ref < b.ref ? -1 : 1));
}
