/**
 * Watches the refs of one of the daemon's repositories, to tell what people change there by hand. The daemon's own
 * moves are known from the event bus and are neither looked up nor reported again.
 */
import { readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { isOid, zeroOid, type Oid } from '../../shared/ids';
import type { GitisoEvent } from '../../shared/records';
import { compareRefs, listRefs, type RefMove } from '../repos/git-refs';
import { showRefs } from '../repos/private-store';
import { recordMoves } from '../repos/record-moves';
import type { RepoContext } from '../repos/repo-context';
import type { RepoRecord } from '../repos/repo-registry';
import { debounce } from './debounce';
import { watchPaths, type PathWatch } from './watch-paths';

/** A ref moves a little before its event is published: a difference counts when it is there twice. */
const settleMs = 300;

/** Agents commit all the time, people change refs here hardly ever. */
const pollMs = 2000;

export function watchRefs(context: RepoContext, record: RepoRecord): PathWatch {
  const known = new Map<string, Oid>();
  const changed = new Set<string>();
  let suspects = new Map<string, Oid>();
  let isAllChanged = false;
  const onError = (error: unknown) =>
    context.log.warn('the refs of a repository cannot be watched', { repo: record.id, error });

  const check = debounce(
    () => Math.max(settleMs, context.config.current().watch.delayMs),
    async () => {
      const differences = isAllChanged ? await compareAll() : await compareSome([...changed]);
      isAllChanged = false;
      changed.clear();
      const confirmed = differences.filter((move) => suspects.get(move.ref) === move.new);
      suspects = new Map(differences.map((move) => [move.ref, move.new]));
      for (const move of confirmed) {
        note(move.ref, move.new);
        suspects.delete(move.ref);
      }
      if (confirmed.length > 0) {
        context.log.info('refs were changed by hand', { repo: record.id, count: confirmed.length });
        await recordMoves(context, record.id, confirmed, {
          agent: null,
          method: 'watch',
          argv: [],
          cause: 'hand',
        });
        if (record.privateAgents) await showRefs(context, record.id, confirmed);
      }
      for (const ref of suspects.keys()) changed.add(ref);
      if (suspects.size > 0) check.trigger();
    },
    onError,
  );

  const compareAll = async (): Promise<readonly RefMove[]> =>
    compareRefs(known, await listRefs(context.git, { gitDir: record.directory }, []));

  const compareSome = async (refs: readonly string[]): Promise<readonly RefMove[]> => {
    const moves: RefMove[] = [];
    for (const ref of refs) {
      const value = await readRef(context, record, ref);
      const old = known.get(ref) ?? zeroOid;
      if (value !== null && value !== old) moves.push({ ref, old, new: value });
    }
    return moves;
  };

  const note = (ref: string, value: Oid): void => {
    if (value === zeroOid) known.delete(ref);
    else known.set(ref, value);
  };

  const unsubscribe = context.events.subscribe((event) => {
    // What happens in another store of the repository moves nothing here.
    if (event.repo !== record.id || event.data['store'] !== undefined) return;
    const moves = movesOf(event);
    if (moves === null) isAllChanged = true;
    else for (const move of moves) note(move.ref, move.new);
  });

  const watched = watchPaths(
    ['packed-refs', 'refs'].map((name) => join(record.directory, name)),
    {
      ignored: (path) => path.endsWith('.lock') || path.endsWith('.new'),
      onChange: (path) => {
        const name = relative(record.directory, path);
        if (name === 'packed-refs') isAllChanged = true;
        else changed.add(name);
        check.trigger();
      },
      onError,
      pollMs,
    },
  );
  const ready = watched.ready.then(async () => {
    const refs = await listRefs(context.git, { gitDir: record.directory }, []);
    for (const [ref, value] of refs) known.set(ref, value);
  });
  return {
    ready: ready.catch(onError),
    close: async () => {
      unsubscribe();
      await watched.close();
      await check.stop();
    },
  };
}

/** What an event of the daemon says that moved; null: more than it could list. */
function movesOf(event: GitisoEvent): readonly RefMove[] | null {
  const { ref, commit, old, refs, total } = event.data;
  if (event.topic === 'commits' && typeof ref === 'string' && typeof commit === 'string' && isOid(commit)) {
    return [{ ref, old: typeof old === 'string' && isOid(old) ? old : zeroOid, new: commit }];
  }
  if (event.topic !== 'refs') return [];
  const value = event.data['new'];
  if (typeof ref === 'string' && typeof value === 'string' && isOid(value)) {
    return [{ ref, old: zeroOid, new: value }];
  }
  if (!Array.isArray(refs)) return [];
  return typeof total === 'number' && total > refs.length ? null : (refs as readonly RefMove[]);
}

/** The value on disk, zeroOid when there is none; null for a symbolic ref. Loose refs are read without git. */
async function readRef(context: RepoContext, record: RepoRecord, ref: string): Promise<Oid | null> {
  const text = await readFile(join(record.directory, ref), 'latin1').catch(() => '');
  if (text.startsWith('ref: ')) return null;
  const value = text.trim();
  if (isOid(value)) return value;
  return (await listRefs(context.git, { gitDir: record.directory }, [ref])).get(ref) ?? zeroOid;
}
