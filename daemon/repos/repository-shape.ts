/**
 * Whether a folder can be opened as one of the daemon's repositories at all: names and types only, one small file is
 * read. What is inside of objects is the matter of `git fsck`.
 */
import { lstat, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** null: it can be used; else what is wrong, for people. Must run before libgit2 or git opens the folder. */
export async function shapeProblem(gitDir: string): Promise<string | null> {
  if (!(await isFolder(gitDir))) return 'its folder is missing';
  if (!(await isFolder(join(gitDir, 'objects')))) return 'its folder of objects is missing';
  if (!(await isFolder(join(gitDir, 'refs')))) return 'its folder of refs is missing';
  return headProblem(gitDir);
}

async function headProblem(gitDir: string): Promise<string | null> {
  const text = await readFile(join(gitDir, 'HEAD'), 'latin1').catch(() => null);
  if (text === null) return 'its HEAD is missing';
  const isHead = /^(ref: refs\/[^\s\x00-\x1f\x7f]+|[0-9a-f]{40})\n$/.test(text);
  return isHead ? null : 'its HEAD is damaged';
}

async function isFolder(path: string): Promise<boolean> {
  return lstat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}
