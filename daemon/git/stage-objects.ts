/**
 * Takes a pack from an agent: into a staging folder of the daemon's, checked there by git (`--strict`: the form of every
 * object, and that all it names is in the pack or the repository), and from there into the repository. Nothing the
 * agent said is believed: git recomputes every hash.
 */
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { GitisoError } from '../../shared/errors';
import { isOid, type Oid } from '../../shared/ids';
import { crashPoint } from '../crash-points';
import type { GitChild } from './git-child';
import { isUnboxed, lastLines, type GitRunOptions, type HostGit } from './host-git';
import type { LooseFile } from './loose-file';
import { parsePlainPack, type ObjectType } from './parse-plain-pack';
import { placeLoose, placePack } from './place-objects';

export interface StagingPlace {
  readonly git: HostGit;
  /** The repository that the objects are for. */
  readonly gitDir: string;
  /** A folder of the daemon's on the repository's file system. */
  readonly staging: string;
  /** Largest blob; bytes. */
  readonly blobBytes: number;
  /** Largest sum of all objects; bytes. */
  readonly totalBytes: number;
  /** Keep any pack as a pack, durable once placed, so that the journal need not hold it. */
  readonly isKept: boolean;
}

export interface StagedObjects {
  /** Contents of all commits, trees and tags by id; a blob's content is null. */
  readonly objects: ReadonlyMap<Oid, { readonly type: ObjectType; readonly content: Buffer | null }>;
  /** What has to be in the journal: the pack, if placing the objects does not make them durable itself. */
  readonly journaled: Buffer | null;
  /** The same for objects that came one by one: stored by the worker that locks the refs, and journaled as they are. */
  readonly loose: readonly LooseFile[];
  /** Moves the objects into the repository. What is there already is never replaced. */
  readonly place: () => Promise<void>;
  readonly discard: () => Promise<void>;
}

const timeoutMs = 600_000;
const listingBytes = 256 * 1024 * 1024;
/** Up to these limits objects are stored one by one; larger packs stay packs. */
const loose = { packBytes: 1024 * 1024, objects: 200 };

/** Throws 'invalid-object' or 'limit-exceeded' when the pack is not fit for the repository; then nothing of it is kept. */
export async function stageObjects(place: StagingPlace, pack: Buffer): Promise<StagedObjects> {
  await mkdir(place.staging, { recursive: true, mode: 0o700 });
  const folder = await mkdtemp(join(place.staging, 'objects-'));
  const discard = () => rm(folder, { recursive: true, force: true });
  try {
    const staged = await stage(place, folder, pack);
    crashPoint('stage:received');
    return { ...staged, discard };
  } catch (error) {
    await discard();
    throw error;
  }
}

export interface StagedPack extends Pick<StagedObjects, 'objects' | 'place' | 'discard'> {
  /** An objects folder, for git to read beside the repository's. */
  readonly folder: string;
}

/**
 * The same for a pack that arrives bit by bit: `feed` writes it to git's standard input and resolves when git has taken
 * all of it or has ended. It stays a pack.
 */
export async function stageStream(
  place: StagingPlace & { readonly signal: AbortSignal },
  feed: (child: GitChild) => Promise<void>,
): Promise<StagedPack> {
  await mkdir(place.staging, { recursive: true, mode: 0o700 });
  const folder = await mkdtemp(join(place.staging, 'objects-'));
  const discard = () => rm(folder, { recursive: true, force: true });
  try {
    await mkdir(join(folder, 'pack'));
    const child = place.git.start(
      ['index-pack', '--strict', '--stdin', `--max-input-size=${place.totalBytes}`],
      { ...stagingOptions(place, folder), signal: place.signal },
    );
    child.stdout.resume();
    const [, ended] = await Promise.all([feed(child), child.ended]);
    if (isUnboxed(ended)) throw new GitisoError('worker-failed', 'git could not be confined; try again');
    if (ended.exitCode !== 0) throw unfit(`git refuses its objects: ${lastLines(ended.stderr)}`);
    const objects = await listObjects(place, folder);
    crashPoint('stage:received');
    return { objects, place: () => placePack(folder, place.gitDir), discard, folder };
  } catch (error) {
    await discard();
    throw error;
  }
}

async function stage(
  place: StagingPlace,
  folder: string,
  pack: Buffer,
): Promise<Omit<StagedObjects, 'discard'>> {
  if (isEmptyPack(pack))
    return { objects: new Map(), journaled: null, loose: [], place: () => Promise.resolve() };
  const limits = { objectBytes: place.blobBytes, totalBytes: place.totalBytes, objects: loose.objects };
  const isSmall = !place.isKept && pack.length <= loose.packBytes;
  const plain = isSmall ? parsePlainPack(pack, limits) : null;
  if (plain === null) {
    await receive(place, folder, pack, [
      'index-pack',
      '--strict',
      '--stdin',
      `--max-input-size=${pack.length}`,
    ]);
    const objects = await listObjects(place, folder);
    return { objects, journaled: null, loose: [], place: () => placePack(folder, place.gitDir) };
  }
  await receive(place, folder, pack, ['unpack-objects', '-q', '--strict']);
  const objects = new Map(
    plain.map(({ id, type, content }) => [id, { type, content: type === 'blob' ? null : content }] as const),
  );
  return {
    objects,
    journaled: pack,
    loose: [],
    place: () => placeLoose(folder, place.gitDir, [...objects.keys()]),
  };
}

/** `PACK`, version, number of objects: zero when everything was in the repository already. */
function isEmptyPack(pack: Buffer): boolean {
  return pack.length >= 12 && pack.toString('latin1', 0, 4) === 'PACK' && pack.readUInt32BE(8) === 0;
}

/** Writes to the staging folder, borrows from the repository. */
async function receive(
  place: StagingPlace,
  folder: string,
  pack: Buffer,
  args: readonly string[],
): Promise<void> {
  await mkdir(join(folder, 'pack'));
  const result = await place.git.run(args, {
    ...stagingOptions(place, folder),
    stdin: pack,
    // A pack that is kept is durable by itself; loose objects are in the journal.
    ...(args[0] === 'unpack-objects' ? { config: [['core.fsync', 'none'] as const] } : {}),
  });
  if (result.exitCode !== 0) throw unfit(`git refuses its objects: ${lastLines(result.stderr)}`);
}

function stagingOptions(place: StagingPlace, folder: string): GitRunOptions {
  return {
    gitDir: place.gitDir,
    env: {
      GIT_OBJECT_DIRECTORY: folder,
      GIT_ALTERNATE_OBJECT_DIRECTORIES: join(place.gitDir, 'objects'),
    },
    timeoutMs,
    outputLimitBytes: 65_536,
  };
}

/** Looks at the staged objects alone: without alternates the staging folder is all there is. */
async function listObjects(place: StagingPlace, folder: string): Promise<StagedObjects['objects']> {
  const options: GitRunOptions = {
    gitDir: place.gitDir,
    env: { GIT_OBJECT_DIRECTORY: folder },
    timeoutMs,
    outputLimitBytes: listingBytes,
  };
  const listing = await place.git.run(
    ['cat-file', '--batch-all-objects', '--batch-check', '--unordered'],
    options,
  );
  const found: { id: Oid; type: ObjectType }[] = [];
  let total = 0;
  for (const line of listing.stdout.toString('latin1').split('\n')) {
    if (line === '') continue;
    const [id = '', type = '', size = ''] = line.split(' ');
    if (!isOid(id) || !isObjectType(type)) throw unfit('git lists an unknown kind of object');
    total += Number(size);
    if (Number(size) > place.blobBytes) throw tooLarge(`an object is larger than ${place.blobBytes} bytes`);
    found.push({ id, type });
  }
  if (total > place.totalBytes) throw tooLarge(`they are larger than ${place.totalBytes} bytes together`);
  const contents = await readObjects(
    place,
    found.filter(({ type }) => type !== 'blob').map(({ id }) => id),
    options,
  );
  return new Map(found.map(({ id, type }) => [id, { type, content: contents.get(id) ?? null }]));
}

async function readObjects(
  place: StagingPlace,
  ids: readonly Oid[],
  options: GitRunOptions,
): Promise<ReadonlyMap<Oid, Buffer>> {
  const contents = new Map<Oid, Buffer>();
  if (ids.length === 0) return contents;
  const { stdout } = await place.git.run(['cat-file', '--batch', '--buffer'], {
    ...options,
    stdin: `${ids.join('\n')}\n`,
  });
  let at = 0;
  for (const id of ids) {
    const end = stdout.indexOf(0x0a, at);
    const [found, , size] = stdout.toString('latin1', at, end).split(' ');
    if (found !== id) throw unfit('an object could not be read');
    contents.set(id, stdout.subarray(end + 1, end + 1 + Number(size)));
    at = end + 1 + Number(size) + 1;
  }
  return contents;
}

/** Puts the objects of a journaled pack into the repository again, after a crash. They were checked when they came. */
export async function restoreObjects(git: HostGit, gitDir: string, pack: Buffer): Promise<void> {
  const result = await git.run(['unpack-objects', '-q'], {
    gitDir,
    stdin: pack,
    timeoutMs,
    outputLimitBytes: 65_536,
  });
  if (result.exitCode !== 0) throw unfit(`a journaled pack is damaged: ${lastLines(result.stderr)}`);
}

function isObjectType(type: string): type is ObjectType {
  return type === 'commit' || type === 'tree' || type === 'blob' || type === 'tag';
}

function unfit(reason: string): GitisoError {
  return new GitisoError('invalid-object', `the objects can not be taken: ${reason}`);
}

function tooLarge(reason: string): GitisoError {
  return new GitisoError('limit-exceeded', `the objects can not be taken: ${reason}`);
}
