/**
 * A small git directory of the daemon's with nothing but links into a user's clone, through which host git reads
 * and publishes there: so the clone's configuration, hooks and extensions play no part, and nothing is written
 * into the clone but objects and refs.
 */
import { createHash } from 'node:crypto';
import { chmod, mkdir, mkdtemp, readFile, readdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { GitisoError } from '../../shared/errors';
import { isOid, type Oid } from '../../shared/ids';
import { writeDurably } from '../durable-file';
import type { FoundClone } from './find-clone';
import type { GitPlace } from './git-refs';

export interface CloneView extends GitPlace {
  readonly commonDir: string;
}

export interface CloneViews {
  /** Makes (or renews) the view of a clone. git runs as the clone's owner there when the daemon is root. */
  readonly open: (clone: FoundClone) => Promise<CloneView>;
}

const linkedNames = ['objects', 'refs', 'packed-refs', 'shallow'];

/** `folder` is the daemon's own; it is made readable for the owners of clones and holds no secret. */
export function createCloneViews(folder: string, isRoot: boolean): CloneViews {
  return {
    open: async (clone) => {
      const name = createHash('sha256').update(clone.commonDir).digest('hex').slice(0, 32);
      const gitDir = join(folder, name);
      await mkdir(folder, { recursive: true, mode: 0o711 });
      await chmod(folder, 0o711);
      await buildView(folder, gitDir, clone.commonDir);
      const asOwner = isRoot && clone.owner.uid !== 0 ? { uid: clone.owner.uid, gid: clone.owner.gid } : {};
      return { gitDir, commonDir: clone.commonDir, ...asOwner };
    },
  };
}

async function buildView(folder: string, gitDir: string, commonDir: string): Promise<void> {
  const current = await readFile(join(gitDir, 'clone'), 'utf8').catch(() => null);
  if (current === commonDir) return;
  const fresh = await mkdtemp(join(folder, 'new-'));
  await chmod(fresh, 0o755);
  await writeFile(join(fresh, 'HEAD'), 'ref: refs/heads/none\n', { mode: 0o644 });
  await writeFile(join(fresh, 'config'), '[core]\n\trepositoryformatversion = 0\n\tbare = true\n', {
    mode: 0o644,
  });
  for (const name of linkedNames) await symlink(join(commonDir, name), join(fresh, name));
  await writeFile(join(fresh, 'clone'), commonDir, { mode: 0o644 });
  await rm(gitDir, { recursive: true, force: true });
  // Somebody else may have made the same view in the meantime: theirs is as good.
  await rename(fresh, gitDir).catch(() => rm(fresh, { recursive: true, force: true }));
}

/** Branches that are checked out in the clone or one of its worktrees, or being rebased there. */
export async function checkedOutBranches(commonDir: string): Promise<ReadonlySet<string>> {
  const worktrees = await readdir(join(commonDir, 'worktrees')).catch(() => []);
  const gitDirs = [commonDir, ...worktrees.map((name) => join(commonDir, 'worktrees', name))];
  const files = gitDirs.flatMap((gitDir) =>
    ['HEAD', 'rebase-merge/head-name', 'rebase-apply/head-name'].map((name) => join(gitDir, name)),
  );
  const texts = await Promise.all(files.map((file) => readFile(file, 'utf8').catch(() => '')));
  return new Set(
    texts.map((text) => text.trim().replace(/^ref: /, '')).filter((text) => text.startsWith('refs/')),
  );
}

export type CloneHead =
  { readonly kind: 'branch'; readonly ref: string } | { readonly kind: 'detached'; readonly commit: Oid };

/** Where the clone's (main work tree's) HEAD stands; the branch may be unborn. Throws 'repo-unusable'. */
export async function readCloneHead(commonDir: string): Promise<CloneHead> {
  const text = (await readFile(join(commonDir, 'HEAD'), 'utf8')).trim();
  const ref = /^ref: (refs\/heads\/\S+)$/.exec(text)?.[1];
  if (ref !== undefined) return { kind: 'branch', ref };
  if (isOid(text)) return { kind: 'detached', commit: text };
  throw new GitisoError('repo-unusable', 'its HEAD is neither a branch nor a SHA-1 commit');
}

/** The commits where a shallow clone's history ends, as git keeps them; null: it is not shallow. */
export async function readShallow(gitDir: string): Promise<string | null> {
  const text = await readFile(join(gitDir, 'shallow'), 'utf8').catch(() => '');
  return /^[0-9a-f]{40}$/m.test(text) ? text : null;
}

export async function writeShallow(gitDir: string, text: string | null): Promise<void> {
  if (text === null) await rm(join(gitDir, 'shallow'), { force: true });
  else await writeDurably(join(gitDir, 'shallow'), text, 0o644);
}
