/** Forgets a repository: refuses while agents use it, and while it alone has work that would be lost. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { GitisoError } from '../../shared/errors';
import { crashPoint } from '../crash-points';
import { discardMirrors } from '../remote/mirror-place';
import { discardRepository } from './bare-repository';
import { listRefs, localLimits } from './git-refs';
import { atticOf } from '../stores';
import { discardAttic, hasAttic } from './attic';
import { forgetPublished } from './published-file';
import type { RepoContext } from './repo-context';
import type { RepoRecord } from './repo-registry';
import { existingObjects } from './transfer-objects';
import { openClone } from './update-repository';

/** Needs the repository's operation lock. Throws 'repo-in-use', 'storage-failed'. */
export async function removeRepository(
  context: RepoContext,
  record: RepoRecord,
  force: boolean,
): Promise<void> {
  const agents = context.agents
    .list()
    .filter((agent) => agent.repo === record.id && agent.status !== 'removed');
  const damaged = context.agents.damaged().filter(({ repo }) => repo === null || repo === record.id);
  if (damaged.length > 0) {
    throw new GitisoError(
      'repo-in-use',
      `the record of agent ${damaged[0]?.id ?? ''} is damaged; it may work on this repository`,
      { hint: "mend the agent's record first: gitisoctl doctor tells what can be done" },
    );
  }
  if (agents.length > 0) {
    throw new GitisoError('repo-in-use', `it has ${agents.length} agent(s)`, {
      hint: "remove the repository's agents first",
      details: { agents: agents.slice(0, 20).map((agent) => agent.id) },
    });
  }
  const refs = force ? [] : await refsOnlyHere(context, record);
  if (refs.length > 0) {
    throw new GitisoError(
      'repo-in-use',
      `${refs.length} ref(s) exist nowhere else: ${refs.slice(0, 5).join(', ')}`,
      {
        hint: 'push or fetch them from here, or pass force to lose them',
        details: { refs: refs.slice(0, 50) },
      },
    );
  }
  const argv = force ? ['force'] : [];
  const operation = await context.operations.begin({
    repo: record.id,
    created: record.createdAt,
    agent: null,
    method: 'repo.remove',
    argv,
    traces: 'goes',
    asked: [],
  });
  try {
    await discard(context, record, argv, operation.seq);
    operation.end();
  } catch (error) {
    operation.leave();
    throw error;
  }
  crashPoint('repo-remove:done');
  context.events.publish({
    topic: 'refs',
    agent: null,
    repo: record.id,
    data: { cause: 'remove', total: 0, refs: [] },
  });
}

/** `operation`: its number in the journal. */
async function discard(
  context: RepoContext,
  record: RepoRecord,
  argv: readonly string[],
  operation: number,
): Promise<void> {
  // Before the repository: a later one of the same name must not take the clone's branches for what it published.
  await forgetPublished(context.layout, record.id);
  await discardMirrors(context.layout.mirrors, record.id);
  // What borrows from the repository goes first: a later one of the same id must not find it.
  await discardAttic(context.layout, record.id);
  await rm(join(context.layout.privateRepos, record.id), { recursive: true, force: true });
  await discardRepository(record.directory, context.layout.repos, () => context.registry.delete(record.id));
  crashPoint('repo-remove:discarded');
  crashPoint('repo-remove:forgotten');
  await context.audit.append({
    agent: null,
    repo: record.id,
    method: 'repo.remove',
    argv: [...argv],
    refs: [],
    verdict: 'accepted',
    rule: null,
    journal: operation,
  });
}

/** Branches and snapshots with commits that neither the remote (as last seen) nor the clone has. */
async function refsOnlyHere(context: RepoContext, record: RepoRecord): Promise<readonly string[]> {
  // The attic sees what the repository has; `--remotes` and `--tags` mean the repository's.
  const base = { gitDir: record.directory };
  const hasOwn = await hasAttic(context.layout, record.id);
  const place = hasOwn ? { gitDir: context.layout.storeGit(atticOf(record.id)) } : base;
  const kept = hasOwn ? await listRefs(context.git, place, ['refs/gitiso/']) : [];
  const own = [...(await listRefs(context.git, base, ['refs/heads/'])), ...kept];
  const safe = await listRefs(context.git, base, ['refs/remotes/origin/', 'refs/tags/']);
  const elsewhere = await commitsInClone(context, record);
  const known = await existingObjects(context.git, place, elsewhere);
  const refs: string[] = [];
  for (const [ref, value] of own) {
    const revisions = [value, '--stdin'];
    const answer = await context.git.run(['rev-list', '--max-count=1', ...revisions], {
      ...place,
      ...localLimits,
      stdin: [...known, ...safe.values()].map((id) => `^${id}\n`).join(''),
    });
    if (answer.exitCode !== 0 || answer.stdout.length > 0) refs.push(ref);
  }
  return refs;
}

async function commitsInClone(context: RepoContext, record: RepoRecord) {
  if (record.cloneDir === null) return [];
  // A clone that is gone has nothing: then all is only here.
  const clone = await openClone(context, record).catch(() => null);
  return clone === null ? [] : [...(await listRefs(context.git, clone, [])).values()];
}
