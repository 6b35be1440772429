/** Fills a new repository from a user's clone: objects by hard links where possible, its refs, HEAD and remote. */
import { resolve } from 'node:path';
import { GitisoError, isGitisoError } from '../../shared/errors';
import { parseRemote, type RemoteUrl } from '../remote/remote-url';
import type { AddSurroundings, BuiltCopy } from './add-repository';
import { writeHead } from './bare-repository';
import { checkClone } from './check-clone';
import { readCloneHead, type CloneHead } from './clone-view';
import type { FoundClone } from './find-clone';
import { listRefs, localLimits, type RefMap } from './git-refs';
import { lastLines } from '../git/host-git';
import { mirrorClone } from './mirror-clone';
import { createProgressParser } from './parse-progress';
import type { RepoContext } from './repo-context';

/** Throws 'repo-unusable', 'storage-failed', 'timed-out'. */
export async function buildFromClone(
  context: RepoContext,
  gitDir: string,
  clone: FoundClone,
  isPrivate: boolean,
  surroundings: AddSurroundings,
): Promise<BuiltCopy> {
  surroundings.report('reading', null, 'reading the clone');
  const view = await context.views.open(clone);
  const { originUrl } = await checkClone(context.git, view);
  const head = await readCloneHead(clone.commonDir);
  const remote = originUrl === null ? null : usableRemote(context, originUrl, clone.directory);

  surroundings.report('copying', null, 'sharing the objects');
  const mirrored = await mirrorClone({
    git: context.git,
    clone: view,
    gitDir,
    findAgents: () => Promise.resolve({ owned: new Set(), published: new Map(), hidden: new Set() }),
    isOrigin: originUrl === null,
    alsoWanted: head.kind === 'detached' ? [head.commit] : [],
    // What no ref of the clone leads to any more may be an agent's, from an earlier time.
    linkFrom: isPrivate ? null : { uid: clone.owner.uid },
    timeoutMs: context.config.current().git.networkTimeoutMs,
    onStderr: createProgressParser((progress) =>
      surroundings.report(progress.stage, progress.percent, progress.message),
    ),
  });
  if (mirrored.refused.length > 0) {
    context.log.warn('some refs of the clone could not be taken over', { count: mirrored.refused.length });
  }
  await requireIntactTips(context, gitDir);
  await context.git.run(['pack-refs', '--all'], { gitDir, ...localLimits });
  const defaultBranch = await setHead(context, gitDir, head);
  return {
    defaultBranch,
    remoteUrl: originUrl === null ? clone.commonDir : (remote?.original ?? null),
    remote: originUrl === null ? clone.directory : (remote?.parsed.display ?? null),
    singleBranch: null,
  };
}

/** A remote the daemon may not use (another protocol, a helper) is no reason to refuse the clone. */
function usableRemote(
  context: RepoContext,
  originUrl: string,
  directory: string,
): { readonly original: string; readonly parsed: RemoteUrl } | null {
  const original = /^\.{0,2}\/|^[^:]*$/.test(originUrl) ? resolve(directory, originUrl) : originUrl;
  try {
    return { original, parsed: parseRemote(original) };
  } catch (error) {
    if (!isGitisoError(error)) throw error;
    context.log.warn("the clone's remote cannot be used; push and fetch will be refused", {
      reason: error.message,
    });
    return null;
  }
}

/** Every ref must name an object that is there and can be parsed. */
async function requireIntactTips(context: RepoContext, gitDir: string): Promise<void> {
  const answer = await context.git.run(['for-each-ref', '--format=%(objecttype)'], {
    gitDir,
    ...localLimits,
  });
  if (answer.exitCode !== 0) {
    throw new GitisoError('repo-unusable', `it is damaged: ${lastLines(answer.stderr)}`, {
      hint: 'run git fsck in the clone',
    });
  }
}

/** The clone's own HEAD; a detached one falls back to a usual branch, and to the bare commit when there is none. */
async function setHead(context: RepoContext, gitDir: string, head: CloneHead): Promise<string> {
  const refs = await listRefs(context.git, { gitDir }, ['refs/heads/']);
  const branch = head.kind === 'branch' ? head.ref : usualBranch(refs);
  if (branch !== null) {
    await writeHead(gitDir, `ref: ${branch}`);
    return branch.replace('refs/heads/', '');
  }
  await writeHead(gitDir, head.kind === 'detached' ? head.commit : 'ref: refs/heads/main');
  return 'HEAD';
}

function usualBranch(refs: RefMap): string | null {
  const names = [...refs.keys()];
  return ['refs/heads/main', 'refs/heads/master'].find((name) => refs.has(name)) ?? names[0] ?? null;
}
