/**
 * Finds the repository that a path of this machine belongs to: a work tree, a linked worktree, a subfolder, a bare
 * repository or a `.git` folder, through links. Reads three small files at most; git is not asked, so it does not
 * matter who owns them.
 */
import { open, realpath, stat } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, resolve } from 'node:path';
import { GitisoError } from '../../shared/errors';

export interface FoundClone {
  /** The shared git directory: with `objects`, `refs` and `config`; links resolved. Identifies the clone. */
  readonly commonDir: string;
  /** What people call the clone: the main work tree, or the bare repository. */
  readonly directory: string;
  readonly owner: { readonly uid: number; readonly gid: number };
}

const maxFileBytes = 64 * 1024;

/** Throws 'repo-unusable' when there is none. */
export async function findClone(path: string): Promise<FoundClone> {
  const start = await resolvePath(path);
  for (let folder = start; ; folder = dirname(folder)) {
    const gitDir = await gitDirAt(folder);
    if (gitDir !== null) return describe(gitDir);
    if (folder === dirname(folder)) throw unusable('the path is not inside a git repository');
  }
}

async function resolvePath(path: string): Promise<string> {
  try {
    const real = await realpath(path);
    if ((await stat(real)).isDirectory()) return real;
  } catch (cause) {
    throw new GitisoError('repo-unusable', 'there is no such path, or it may not be read', { cause });
  }
  throw unusable('the path is not a folder');
}

async function gitDirAt(folder: string): Promise<string | null> {
  const dotGit = join(folder, '.git');
  const kind = await kindOf(dotGit);
  if (kind === 'folder') return (await isGitDir(dotGit)) ? dotGit : null;
  if (kind === 'file') {
    const target = /^gitdir: (.+)$/m.exec(await readSmall(dotGit))?.[1];
    if (target === undefined) throw unusable('its .git file names no git directory');
    const gitDir = resolve(folder, target.trimEnd());
    if (!(await isGitDir(gitDir)))
      throw unusable('the git directory that its .git file names is missing or damaged');
    return gitDir;
  }
  return (await isGitDir(folder)) ? folder : null;
}

/** A linked worktree's git directory has no objects of its own but a file that names the common one. */
async function isGitDir(folder: string): Promise<boolean> {
  if ((await kindOf(join(folder, 'HEAD'))) !== 'file') return false;
  if ((await kindOf(join(folder, 'commondir'))) === 'file') return true;
  return (
    (await kindOf(join(folder, 'objects'))) === 'folder' && (await kindOf(join(folder, 'refs'))) === 'folder'
  );
}

async function describe(gitDir: string): Promise<FoundClone> {
  const commondir = join(gitDir, 'commondir');
  const named = (await kindOf(commondir)) === 'file' ? (await readSmall(commondir)).trimEnd() : '.';
  const commonDir = await resolvePath(isAbsolute(named) ? named : join(gitDir, named));
  if ((await kindOf(join(commonDir, 'objects'))) !== 'folder') throw unusable('it has no objects folder');
  const { uid, gid } = await stat(commonDir);
  const directory = basename(commonDir) === '.git' ? dirname(commonDir) : commonDir;
  return { commonDir, directory, owner: { uid, gid } };
}

async function kindOf(path: string): Promise<'file' | 'folder' | null> {
  const found = await stat(path).catch(() => null);
  if (found === null) return null;
  if (found.isFile()) return 'file';
  return found.isDirectory() ? 'folder' : null;
}

async function readSmall(path: string): Promise<string> {
  const file = await open(path, 'r');
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(maxFileBytes), 0, maxFileBytes, 0);
    return buffer.subarray(0, bytesRead).toString('utf8');
  } finally {
    await file.close();
  }
}

function unusable(reason: string): GitisoError {
  return new GitisoError('repo-unusable', reason, {
    hint: 'name a folder inside a clone, or a bare repository',
  });
}
