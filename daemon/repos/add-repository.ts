/**
 * Registers a repository: finds out what its location is, builds the daemon's copy under a temporary name and
 * lets it appear, finished, by a rename. Whatever fails before leaves nothing; the location itself never changes.
 */
import { basename } from 'node:path';
import { rm } from 'node:fs/promises';
import { crashPoint } from '../crash-points';
import { GitisoError, isGitisoError } from '../../shared/errors';
import { isRefName, type RepoId } from '../../shared/ids';
import { removeRecord } from '../durable-file';
import type { Operation } from '../git/operations';
import { syncFileSystem } from '../journal/sync-file-system';
import { parseLocation, type RemoteUrl } from '../remote/remote-url';
import { makeBareRepository, placeRepository } from './bare-repository';
import { buildFromClone } from './build-from-clone';
import { buildFromUrl } from './build-from-url';
import { defaultRepoId } from './default-repo-id';
import { findClone, type FoundClone } from './find-clone';
import { listRefs } from './git-refs';
import { recordMoves } from './record-moves';
import type { RepoContext, ReportProgress } from './repo-context';
import { writeRepoRecord, type RepoRecord } from './repo-registry';
import { zeroOid } from '../../shared/ids';

export interface AddRequest {
  readonly location: string;
  readonly id?: string;
  readonly depth?: number;
  readonly singleBranch?: string;
  readonly publish?: boolean;
  readonly protectedBranches?: readonly string[];
  readonly privateAgents?: boolean;
  readonly ensure?: boolean;
}

export interface AddSurroundings {
  readonly report: ReportProgress;
  readonly signal: AbortSignal;
  /** Ids that other adds under way have chosen. */
  readonly reserved: Set<RepoId>;
}

/** What the two ways of building a copy find out, beside the objects and refs they put into it. */
export interface BuiltCopy {
  readonly defaultBranch: string;
  readonly remoteUrl: string | null;
  readonly remote: string | null;
  readonly singleBranch: string | null;
}

type Source =
  | { readonly kind: 'path'; readonly clone: FoundClone }
  | { readonly kind: 'url'; readonly remote: RemoteUrl };

/** Throws 'repo-unusable', 'repo-exists', 'repo-unreachable', 'revision-not-found', 'storage-failed', 'timed-out'. */
export async function addRepository(
  context: RepoContext,
  request: AddRequest,
  surroundings: AddSurroundings,
): Promise<RepoRecord> {
  checkRequest(request);
  const source = await findSource(context, request);
  const waitMs = context.config.current().git.networkTimeoutMs;
  return context.queue.run(`location ${locationKey(source)}`, waitMs, async () => {
    const existing = context.registry.list().find((record) => recordKey(record) === locationKey(source));
    if (existing !== undefined) return useExisting(existing, request);
    const id = chooseId(context, request, source, surroundings.reserved);
    surroundings.reserved.add(id);
    try {
      return await build(context, id, source, request, surroundings);
    } finally {
      surroundings.reserved.delete(id);
    }
  });
}

function checkRequest(request: AddRequest): void {
  if (request.singleBranch !== undefined && !isRefName(`refs/heads/${request.singleBranch}`)) {
    throw new GitisoError('revision-not-found', 'singleBranch is not a branch name');
  }
}

async function findSource(context: RepoContext, request: AddRequest): Promise<Source> {
  const location = parseLocation(request.location);
  if (location.kind === 'path') {
    if (request.depth !== undefined || request.singleBranch !== undefined) {
      throw new GitisoError(
        'repo-unusable',
        'depth and singleBranch are for URLs; a path is shared, not copied',
        {
          hint: 'leave them out, or give the path as file:///…',
        },
      );
    }
    return { kind: 'path', clone: await findClone(location.path) };
  }
  const allowed: readonly string[] = context.config.current().git.allowedProtocols;
  if (!allowed.includes(location.protocol)) {
    throw new GitisoError('repo-unusable', `the protocol ${location.protocol} is not allowed`, {
      hint: 'git.allowedProtocols in the configuration lists the allowed ones',
    });
  }
  return { kind: 'url', remote: location };
}

/** Two spellings of one location have one key. */
function locationKey(source: Source): string {
  return source.kind === 'path' ? source.clone.commonDir : urlKey(source.remote.display);
}

function recordKey(record: RepoRecord): string {
  return record.cloneDir ?? urlKey(record.source.location);
}

function urlKey(display: string): string {
  return display.replace(/\/+$/, '').replace(/\.git$/, '');
}

function useExisting(existing: RepoRecord, request: AddRequest): RepoRecord {
  if (request.ensure === true) return existing;
  throw new GitisoError('repo-exists', `this location is registered already as ${existing.id}`, {
    hint: 'use it, or pass ensure to get it',
    details: { id: existing.id },
  });
}

function chooseId(
  context: RepoContext,
  request: AddRequest,
  source: Source,
  reserved: ReadonlySet<RepoId>,
): RepoId {
  const damaged = context.registry.damaged();
  const isTaken = (id: RepoId) =>
    context.registry.get(id) !== undefined || damaged.some((one) => one.id === id) || reserved.has(id);
  const name =
    source.kind === 'path' ? basename(source.clone.directory).replace(/\.git$/, '') : source.remote.name;
  if (request.id === undefined) return defaultRepoId(name, isTaken);
  const id = defaultRepoId(request.id, () => false);
  if (id !== request.id) throw new GitisoError('repo-unusable', 'the id is not a valid repository id');
  if (isTaken(id))
    throw new GitisoError('repo-exists', `there is a repository ${id} already`, { details: { id } });
  return id;
}

async function build(
  context: RepoContext,
  id: RepoId,
  source: Source,
  request: AddRequest,
  surroundings: AddSurroundings,
): Promise<RepoRecord> {
  const temporary = await makeBareRepository(context.layout.repos);
  let operation: Operation | null = null;
  try {
    const built =
      source.kind === 'path'
        ? await buildFromClone(context, temporary, source.clone, isPrivate(context, request), surroundings)
        : await buildFromUrl(context, temporary, source.remote, request, surroundings);
    const record = makeRecord(context, id, source, request, built);
    operation = await context.operations.begin({
      repo: id,
      created: record.createdAt,
      agent: null,
      method: 'repo.add',
      argv: [],
      traces: 'appears',
      asked: [],
    });
    const refs = await listRefs(context.git, { gitDir: temporary }, []);
    crashPoint('repo-add:built');
    surroundings.report('finishing', null, 'storing the record');
    // Objects that are linked from a clone may not be on disk yet.
    await syncFileSystem(context.layout.state);
    await writeRepoRecord(context.layout, record);
    crashPoint('repo-add:recorded');
    await placeRepository(temporary, record.directory);
    crashPoint('repo-add:placed');
    await context.registry.put(record);
    crashPoint('repo-add:known');
    const moves = [...refs].map(([ref, value]) => ({ ref, old: zeroOid, new: value }));
    const origin = { agent: null, method: 'repo.add', argv: [], cause: 'add' };
    await recordMoves(context, id, moves, { ...origin, operation: operation.seq });
    operation.end();
    crashPoint('repo-add:done');
    context.log.info('repository added', { repo: id, source: record.source.kind });
    return record;
  } catch (error) {
    operation?.leave();
    // The record first: without the folder of the unfinished copy it would look like a damaged repository.
    if (context.registry.get(id) === undefined) await removeRecord(context.layout.repoRecord(id));
    await rm(temporary, { recursive: true, force: true });
    throw isGitisoError(error)
      ? error
      : new GitisoError('storage-failed', 'the repository could not be stored', { cause: error });
  }
}

function isPrivate(context: RepoContext, request: AddRequest): boolean {
  return request.privateAgents ?? context.config.current().policy.privateAgents;
}

function makeRecord(
  context: RepoContext,
  id: RepoId,
  source: Source,
  request: AddRequest,
  built: BuiltCopy,
): RepoRecord {
  const time = context.now().toISOString();
  const policy = context.config.current().policy.protectedBranches;
  return {
    id,
    source:
      source.kind === 'path'
        ? { kind: 'path', location: source.clone.directory }
        : { kind: 'url', location: source.remote.display },
    remote: built.remote,
    defaultBranch: built.defaultBranch,
    publish: source.kind === 'path' && (request.publish ?? true),
    protectedBranches: [...(request.protectedBranches ?? new Set([...policy, built.defaultBranch]))],
    privateAgents: isPrivate(context, request),
    depth: request.depth ?? null,
    directory: context.layout.repoGit(id),
    createdAt: time,
    fetchedAt: source.kind === 'url' ? time : null,
    remoteUrl: built.remoteUrl,
    owner: source.kind === 'path' ? source.clone.owner : { ...context.self },
    cloneDir: source.kind === 'path' ? source.clone.commonDir : null,
    singleBranch: built.singleBranch,
    version: 1,
  };
}
