/** Repositories for tests. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { git } from './git';
import { tempDir } from './temp-dir';

export interface RepoOptions {
  /** Number of files `dir-<n>/file-<n>.txt`, 100 in a folder; default 3. */
  readonly files?: number;
  /** Number of commits; each after the first changes the first file; default 1, 0 leaves `main` unborn. */
  readonly commits?: number;
  /** Where; a new temporary folder when left out. */
  readonly path?: string;
}

/** Makes a repository with a work tree on branch `main` and returns its path. */
export async function makeRepo(options: RepoOptions = {}): Promise<string> {
  const { files = 3, commits = 1, path = join(tempDir(), 'repo') } = options;
  mkdirSync(path, { recursive: true });
  await git(path, ['init', '--quiet']);
  for (let number = 1; number <= commits; number++) {
    if (number === 1) writeFiles(path, filesOf(files));
    else writeFiles(path, { [fileName(0)]: `version ${number}\n` });
    await git(path, ['add', '--all']);
    await git(path, ['commit', '--quiet', '--allow-empty', '-m', `commit ${number}`]);
  }
  return path;
}

/** Makes a bare copy of a repository, to be a remote, and returns its path. */
export async function makeRemote(source: string): Promise<string> {
  const path = join(tempDir(), 'remote.git');
  await git(source, ['clone', '--quiet', '--bare', '--', source, path]);
  return path;
}

/** Writes files, with their folders, below a folder. */
export function writeFiles(folder: string, files: Readonly<Record<string, string | Buffer>>): void {
  for (const [name, content] of Object.entries(files)) {
    const path = join(folder, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content);
  }
}

function filesOf(count: number): Record<string, string> {
  return Object.fromEntries(
    Array.from({ length: count }, (_, index) => [fileName(index), `file ${index}\n`]),
  );
}

function fileName(index: number): string {
  return `dir-${Math.floor(index / 100)}/file-${index}.txt`;
}
