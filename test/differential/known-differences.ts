/**
 * Every difference that remains between a workspace and a plain clone, with its reason: the suite accepts these and no
 * others, and fails when one of them has gone. docs/fidelity.md lists them.
 */
import type { Aspect } from './harness/compare';

export interface KnownDifference {
  /** `<area>/<file>: <title>` of the scenarios that show it. */
  readonly scenarios: readonly string[];
  /** The commands after which it shows. */
  readonly command: RegExp;
  readonly aspects: readonly Aspect[];
  /** What differs, for users of git. */
  readonly what: string;
  readonly reason: string;
}

export const knownDifferences: readonly KnownDifference[] = [
  {
    scenarios: ['commit/hooks: a hook of ref transactions written in place'],
    command: /^echo/,
    aspects: ['exit code', 'stderr'],
    what: '`.git/hooks/reference-transaction` can not be written in place; a new file put there works',
    reason:
      'it is a link to gitiso’s own hook, on a read-only file system; a file put in its stead is kept and run after it',
  },
  {
    scenarios: ['commit/messages: a signature that can not be made'],
    command: /^git commit -a (-S )?-m signed$/,
    aspects: ['stderr', 'git directory'],
    what: '`git commit -S`, and `commit.gpgSign`, are refused with a message of gitiso',
    reason: 'no key of a person belongs into a container; the message names the setting and the way out',
  },
  {
    scenarios: ['checkout/branches: orphans'],
    command: /^git commit --allow-empty/,
    aspects: ['fsck'],
    what: '`git fsck` does not miss the empty tree after the first, empty commit of an orphan branch',
    reason: 'git commits it without writing it; a repository of gitiso is always complete',
  },
  {
    scenarios: [
      'repositories/maintenance: tidying up gc --prune=now -q',
      'repositories/maintenance: tidying up repack -a -d -q',
      'repositories/maintenance: tidying up prune',
      'repositories/maintenance: things nobody reaches any more',
    ],
    command: /^git (fsck|cat-file -e)/,
    aspects: ['exit code', 'stdout'],
    what: 'objects that nobody reaches any more are still there after `git gc --prune=now` and `git prune`, if they were accepted',
    reason:
      'those are in the shared repository, which only the daemon maintains; the agent’s own are tidied away',
  },
  {
    scenarios: [
      'repositories/maintenance: tidying up maintenance run --task=loose-objects --task=incremental-repack --quiet',
      'repositories/maintenance: tidying up multi-pack-index write --no-progress',
    ],
    command: /^git (maintenance run|multi-pack-index)/,
    aspects: ['exit code', 'stdout', 'stderr'],
    what: '`git multi-pack-index write` and the maintenance task `incremental-repack` say that there are no packs',
    reason:
      'the packs are those of the shared repository, which the workspace borrows; it has none of its own at first',
  },
  {
    scenarios: ['repositories/unmanaged: objects and refs written by hand'],
    command: /^git branch$/,
    aspects: ['stdout', 'refs'],
    what: 'a branch whose file in `.git/refs/heads` is removed by hand, not by git, is there again at the next command',
    reason: 'a file that is missing in the agent’s view asks nobody for a deletion',
  },
  {
    scenarios: ['clients/tools: pagers, colours and columns'],
    command: /^GIT_TRACE2_EVENT=/,
    aspects: ['stdout'],
    what: 'GIT_TRACE2 and GIT_TRACE files also show the git commands that serve the daemon (`pack-objects`)',
    reason: 'they run as a part of the command that is traced',
  },
  {
    scenarios: ['patches/bisect: the same said twice'],
    command: /^git bisect good$/,
    aspects: ['git directory'],
    what: '`git bisect good` about a commit that is known to be good is logged with an id of zeros',
    reason:
      'a fault of git 2.39 with any reference-transaction hook: it loses the text of the id while it writes the hook’s input',
  },
  {
    scenarios: ['network/push: push options'],
    command: /^git push -o ci.skip/,
    aspects: ['exit code', 'stderr'],
    what: 'push options that the remote does not take are rejected by the remote, not by the agent’s git, and with exit code 1',
    reason:
      'whether the remote takes them is known when the daemon has asked it, after the agent’s git has sent them',
  },
  {
    scenarios: ['repositories/unmanaged: hard links and renames between the work tree and the repository'],
    command: /^git (clone -q --local|submodule absorbgitdirs)/,
    aspects: ['stderr'],
    what: '`git clone --local` of the workspace, and `git submodule absorbgitdirs` and `deinit` of a submodule whose `.git` is a folder, fail with “Invalid cross-device link”; `git clone` without the option copies',
    reason:
      'in the container `.git` is a mount of its own, so that no file of the work tree can become one of the repository’s without the agent’s git',
  },
];
