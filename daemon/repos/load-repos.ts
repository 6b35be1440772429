/**
 * At start: reads the records of all repositories and removes what a crashed add or removal left. Must never
 * remove a repository that has a record.
 */
import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { GitisoError } from '../../shared/errors';
import { isRepoId } from '../../shared/ids';
import { isUnfinishedWrite, readJson } from '../durable-file';
import type { Layout } from '../layout';
import type { Logger } from '../log';
import { compileValidator } from '../validation';
import { RepoRecordSchema, type RepoRecord } from './repo-registry';

/** Folders that are being made or unmade; nothing else in `repos/` has such a name. */
export const newPrefix = '.new-';
export const removedPrefix = '.removed-';

const checkRecord = compileValidator(RepoRecordSchema, 'record');

/** Throws 'storage-failed' when a record is damaged or from a newer version: nothing is guessed, nothing deleted. */
export async function loadRepoRecords(layout: Layout, log: Logger): Promise<readonly RepoRecord[]> {
  await mkdir(layout.repos, { recursive: true, mode: 0o711 });
  const records: RepoRecord[] = [];
  for (const name of await readdir(layout.repos)) {
    if (name.startsWith(newPrefix) || name.startsWith(removedPrefix) || isUnfinishedWrite(name)) {
      await rm(join(layout.repos, name), { recursive: true, force: true });
      log.info('removed what an interrupted operation left', { name });
    } else if (name.endsWith('.json')) {
      const record = await loadRecord(layout, join(layout.repos, name), log);
      if (record !== null) records.push(record);
    }
  }
  return records;
}

/** null: the add was interrupted before the repository got its name, or the removal after it lost it. */
async function loadRecord(layout: Layout, path: string, log: Logger): Promise<RepoRecord | null> {
  const record = parseRepoRecord(await readJson(path));
  const exists = await stat(layout.repoGit(record.id)).then(
    () => true,
    () => false,
  );
  if (exists) return { ...record, directory: layout.repoGit(record.id) };
  await rm(path);
  log.info('removed the record of a repository that was not finished', { repo: record.id });
  return null;
}

/** Records of 0.1 know no private agents. */
function upgrade(value: unknown): unknown {
  return typeof value === 'object' && value !== null ? { privateAgents: false, ...value } : value;
}

/** Throws 'storage-failed'. */
export function parseRepoRecord(value: unknown): RepoRecord {
  const checked = checkRecord(upgrade(value));
  if (checked.kind === 'invalid') {
    const problem = checked.problems.join(', ');
    throw new GitisoError('storage-failed', `the record of a repository is damaged or newer: ${problem}`);
  }
  const { id, ...rest } = checked.value;
  if (!isRepoId(id)) throw new GitisoError('storage-failed', 'the record of a repository has a bad id');
  return { ...rest, id };
}
