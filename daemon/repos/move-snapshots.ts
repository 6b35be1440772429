/**
 * For state directories of 0.1, which kept snapshots of removed agents in the repository, where every agent could read
 * them: moves their refs to the attic at start, with all they need. Objects come first, refs go last, so that a kill
 * at any instant loses nothing and the next start goes on.
 */
import { zeroOid } from '../../shared/ids';
import type { HostGit } from '../git/host-git';
import type { Layout } from '../layout';
import type { Logger } from '../log';
import { openAttic } from './attic';
import { forgetObjects } from './forget-objects';
import { listRefs, moveRefs, type RefMove } from './git-refs';
import type { RepoRecord } from './repo-registry';
import { transferObjects } from './transfer-objects';

/** Where the attic notes which snapshots' objects the repository still has. */
const marks = 'refs/gitiso/moved/';
const timeoutMs = 3_600_000;

export interface MoveParts {
  readonly layout: Layout;
  readonly git: HostGit;
  readonly log: Logger;
}

/**
 * Only while nothing else uses the repository. Their objects leave the repository too as soon as no agent is left in it
 * (`isInUse` false): until then an agent's own git directory may rely on any of them.
 */
export async function moveSnapshots(parts: MoveParts, record: RepoRecord, isInUse: boolean): Promise<void> {
  const { layout, git, log } = parts;
  const base = { gitDir: record.directory };
  const snapshots = await listRefs(git, base, ['refs/gitiso/']);
  if (snapshots.size > 0) {
    const attic = { gitDir: layout.storeGit(await openAttic(layout, record.id)) };
    const others = await listRefs(git, base, ['refs/heads/', 'refs/tags/', 'refs/remotes/']);
    await transferObjects(git, {
      from: base,
      to: attic,
      wants: [...snapshots.values()],
      haves: [...others.values()],
      fewAsLoose: false,
      timeoutMs,
    });
    const present = await listRefs(git, attic, ['refs/gitiso/']);
    const wanted = [...snapshots].flatMap(([ref, value]): RefMove[] =>
      [ref, ref.replace('refs/gitiso/', marks)].map((name) => ({
        ref: name,
        old: present.get(name) ?? zeroOid,
        new: value,
      })),
    );
    await requireMoves(
      parts,
      attic,
      wanted.filter((move) => move.old !== move.new),
    );
    await requireMoves(
      parts,
      base,
      [...snapshots].map(([ref, old]) => ({ ref, old, new: zeroOid })),
    );
    log.info('moved the snapshots of removed agents out of the repository', {
      repo: record.id,
      count: snapshots.size,
    });
  }
  if (!isInUse) await forgetMoved(parts, record);
}

async function forgetMoved({ layout, git, log }: MoveParts, record: RepoRecord): Promise<void> {
  const attic = { gitDir: layout.storeGit(await openAttic(layout, record.id)) };
  const moved = await listRefs(git, attic, [marks]);
  if (moved.size === 0) return;
  const count = await forgetObjects(git, layout, record, [...moved.values()]);
  await moveRefs(
    git,
    attic,
    [...moved].map(([ref, old]) => ({ ref, old, new: zeroOid })),
  );
  log.info('removed the objects of moved snapshots from the repository', { repo: record.id, count });
}

async function requireMoves(
  { git }: MoveParts,
  place: { readonly gitDir: string },
  moves: readonly RefMove[],
): Promise<void> {
  const { refused } = await moveRefs(git, place, moves);
  if (refused.length > 0) throw new Error(`refs of snapshots could not be moved: ${String(refused.length)}`);
}
