/**
 * At start: reads the records of all repositories and removes what a crashed add or removal left. A damaged
 * repository, or one with a damaged record, is shown as such and left alone; the others are served.
 */
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { GitisoError } from '../../shared/errors';
import { isRepoId, type RepoId } from '../../shared/ids';
import {
  copyOf,
  isUnfinishedWrite,
  readJson,
  readProblem,
  removeRecord,
  versionProblem,
} from '../durable-file';
import type { Layout } from '../layout';
import type { Logger } from '../log';
import { compileValidator } from '../validation';
import { RepoRecordSchema, type RepoRecord } from './repo-registry';
import { shapeProblem } from './repository-shape';

/** Folders that are being made or unmade; nothing else in `repos/` has such a name. */
export const newPrefix = '.new-';
export const removedPrefix = '.removed-';

export interface LoadedRepos {
  readonly records: readonly RepoRecord[];
  readonly damaged: readonly DamagedRepo[];
}

/** A repository that can not be used: nothing is guessed, nothing deleted. */
export interface DamagedRepo {
  readonly id: RepoId;
  readonly problem: string;
  /** null: the record is what is damaged. */
  readonly record: RepoRecord | null;
  /** The second copy of the record, when that is whole. */
  readonly copy: RepoRecord | null;
}

const checkRecord = compileValidator(RepoRecordSchema, 'record');

/** Throws 'storage-failed' only when the folder can not be read. */
export async function loadRepoRecords(layout: Layout, log: Logger): Promise<LoadedRepos> {
  await mkdir(layout.repos, { recursive: true, mode: 0o711 });
  const loaded = await readRepoRecords(layout);
  const unfinished = new Set(loaded.unfinished);
  for (const id of unfinished) {
    await removeRecord(layout.repoRecord(id));
    log.info('removed the record of a repository that was not finished', { repo: id });
  }
  for (const name of await readdir(layout.repos)) {
    if (!isLeftover(name)) continue;
    await rm(join(layout.repos, name), { recursive: true, force: true });
    log.info('removed what an interrupted operation left', { name });
  }
  for (const { id, problem } of loaded.damaged) {
    const hint = 'gitisoctl doctor tells what can be done';
    log.error('a repository is damaged and left alone', { repo: id, problem, hint });
  }
  return { records: loaded.records, damaged: loaded.damaged };
}

/** The same without changing or telling anything: also for a look from outside. */
export async function readRepoRecords(
  layout: Layout,
): Promise<LoadedRepos & { readonly unfinished: readonly RepoId[] }> {
  const names: readonly string[] = await readdir(layout.repos).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  });
  const hasLeftovers = names.some((name) => name.startsWith(newPrefix) || name.startsWith(removedPrefix));
  const found = new Set([...names].map(recordName).filter(isRepoId));
  const records: RepoRecord[] = [];
  const damaged: DamagedRepo[] = [];
  const unfinished: RepoId[] = [];
  for (const id of [...found].sort()) {
    const read = await readRecord(layout, id);
    if ('problem' in read) {
      damaged.push({ id, record: null, copy: await readCopy(layout, id), problem: read.problem });
      continue;
    }
    const record = { ...read.record, directory: layout.repoGit(id) };
    const problem = await shapeProblem(record.directory);
    if (problem === null) records.push(record);
    // The add was interrupted before the repository got its name, or the removal after it lost it.
    else if (hasLeftovers && !names.includes(`${id}.git`)) unfinished.push(id);
    else damaged.push({ id, record, copy: null, problem });
  }
  return { records, damaged, unfinished };
}

function isLeftover(name: string): boolean {
  return name.startsWith(newPrefix) || name.startsWith(removedPrefix) || isUnfinishedWrite(name);
}

/** A record whose file is gone is still known by its copy. */
function recordName(name: string): string {
  return name.replace(/\.json(\.copy)?$/, '') === name ? '' : name.replace(/\.json(\.copy)?$/, '');
}

async function readRecord(
  layout: Layout,
  id: RepoId,
): Promise<{ readonly record: RepoRecord } | { readonly problem: string }> {
  try {
    const value = await readJson(layout.repoRecord(id));
    if (value === undefined) return { problem: 'its record is missing' };
    const record = parseRepoRecord(value);
    return record.id === id ? { record } : { problem: 'its record names another repository' };
  } catch (error) {
    return { problem: readProblem(error) };
  }
}

async function readCopy(layout: Layout, id: RepoId): Promise<RepoRecord | null> {
  try {
    const record = parseRepoRecord(await readJson(copyOf(layout.repoRecord(id))));
    return record.id === id ? { ...record, directory: layout.repoGit(id) } : null;
  } catch {
    return null;
  }
}

/** Records of 0.1 know no private agents. */
function upgrade(value: unknown): unknown {
  return typeof value === 'object' && value !== null ? { privateAgents: false, ...value } : value;
}

/** Throws 'storage-failed'. */
export function parseRepoRecord(value: unknown): RepoRecord {
  const newer = versionProblem(value, 1);
  if (newer !== null) throw new GitisoError('storage-failed', `its record can not be used: ${newer}`);
  const checked = checkRecord(upgrade(value));
  if (checked.kind === 'invalid') {
    throw new GitisoError('storage-failed', `its record is damaged: ${checked.problems.join(', ')}`);
  }
  const { id, ...rest } = checked.value;
  if (!isRepoId(id)) throw new GitisoError('storage-failed', 'its record has a bad id');
  return { ...rest, id };
}
