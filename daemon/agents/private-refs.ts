/** Refs that only the agent sees (stash entries, notes, bisect …), where they name commits. */
import { GitisoError } from '../../shared/errors';
import { isOid, isRefName } from '../../shared/ids';
import type { ContainerGitResult } from './container-git';
import { recordsOf } from './records';
import { stashName, type PrivateRef } from './snapshot-record';

/** More than anybody has: beyond it the rest is counted as missing. */
const mostRefs = 200;
const mostNamed = 20;
const stashBytes = 1024 * 1024;

export interface PrivateRefs {
  readonly refs: readonly PrivateRef[];
  /** In words. */
  readonly missing: readonly string[];
}

/** `limitBytes` of the list of all refs: shared ones are in it, and a repository may have very many. */
export async function readPrivateRefs(
  git: (args: readonly string[], options: { readonly limit: number }) => Promise<ContainerGitResult>,
  limitBytes: number,
): Promise<PrivateRefs> {
  const listing = ['for-each-ref', '--format=%(objecttype) %(objectname) %(refname)'];
  const listed = await git(listing, { limit: limitBytes });
  // Not rev-list, which knows no %gd.
  const entries = ['log', '-g', '--no-show-signature', '--format=commit %H %gd', 'refs/stash', '--'];
  const stashed = await git(entries, { limit: stashBytes });
  const refs: PrivateRef[] = [];
  const named: string[] = [];
  let left = 0;
  const note = (line: string, isWanted: (name: string) => boolean): void => {
    const [type = '', commit = '', name = '', ...rest] = line.split(' ');
    if (rest.length > 0 || !isOid(commit) || !isWanted(name)) return;
    if (type === 'commit' && refs.length < mostRefs) {
      refs.push({ name, commit });
      return;
    }
    left += 1;
    if (left <= mostNamed)
      named.push(type === 'commit' ? `the ref ${name}` : `the ref ${name}, which is no commit`);
  };
  for (const line of recordsOf(listed.stdout, '\n')) {
    if (!/^[a-z]+ [0-9a-f]{40} refs\//.test(line))
      throw new GitisoError('agent-not-ready', 'git for-each-ref in the container printed what is no ref');
    note(line, isPrivate);
  }
  if (stashed.exitCode === 0)
    for (const line of recordsOf(stashed.stdout, '\n')) note(line, (name) => stashName.test(name));
  return { refs, missing: left > mostNamed ? [...named, `${String(left - mostNamed)} further refs`] : named };
}

/** Not the tracking refs, which a fetch brings again, and not refs/stash, whose entries are listed one by one. */
function isPrivate(name: string): boolean {
  const isKnown = /^refs\/(heads|tags|remotes)\/|^refs\/stash$/.test(name);
  return isRefName(name) && !isKnown;
}
