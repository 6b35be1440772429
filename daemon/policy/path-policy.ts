/**
 * The form of the paths and modes in a change list. libgit2 and git's own tools accept names that hurt on other file
 * systems or on check-out (threats IX-03 … IX-14); nothing of that kind gets into a tree.
 */
import { isUtf8 } from 'node:buffer';
import type { Change } from '../git/commit-engine';
import { allowed, denied, type Verdict } from './verdict';

export interface PathRules {
  readonly pathBytes: number;
  readonly pathDepth: number;
  readonly commitPaths: number;
  readonly gitlinks: 'deny' | 'allow';
}

const fileModes = new Set(['100644', '100755', '120000', '160000']);
const componentBytes = 255;
/** A tree object is written for every folder: more than this is an attack or wants several commits. */
const foldersPerCommit = 20_000;
/** Files that git interprets: never a symbolic link (git fsck: gitmodulesSymlink, gitattributesSymlink …). */
const interpreted = ['.gitmodules', '.gitattributes', '.gitignore', '.mailmap'];
/** NTFS short names of those (git's path.c: verify_path, is_ntfs_dot_generic). */
const shortNames = /^(git(mod|att|ign)|mailma|gi7eba|gi7d29|gi250a|maba30)~[1-9]/;
/** Code points that HFS+ ignores in names (git's utf8.c: next_hfs_char). */
const ignorable = /[\u200c-\u200f\u202a-\u202e\u206a-\u206f\ufeff]/gu;

/** Change lists without duplicates, with well-formed paths and allowed modes. Conflicts with the base are found later. */
export function checkChanges(changes: readonly Change[], rules: PathRules): Verdict {
  if (changes.length > rules.commitPaths)
    return denied(
      'too-many-paths',
      `the commit changes ${String(changes.length)} paths`,
      `commit at most ${String(rules.commitPaths)} at once`,
    );
  const seen = new Set<string>();
  let folders = 0;
  let previous: readonly string[] = [];
  for (const change of changes) {
    const key = `${change.kind} ${change.path}`;
    if (seen.has(key)) return refuse(change.path, 'path-duplicate', 'appears twice');
    seen.add(key);
    const parts = change.path.split('/');
    folders += newFolders(parts, previous);
    previous = parts;
    if (folders > foldersPerCommit)
      return denied(
        'too-many-folders',
        `the commit changes more than ${String(foldersPerCommit)} folders`,
        'commit fewer at once',
      );
    const verdict = checkPath(change, parts, rules);
    if (!verdict.allowed) return verdict;
  }
  return allowed;
}

/** How many folders of the path the one before does not share; git lists paths sorted, so each is counted once. */
function newFolders(parts: readonly string[], previous: readonly string[]): number {
  let shared = 0;
  while (shared < parts.length - 1 && parts[shared] === previous[shared]) shared += 1;
  return parts.length - 1 - shared;
}

function checkPath(change: Change, parts: readonly string[], rules: PathRules): Verdict {
  const { path } = change;
  if (path.length === 0 || path.length > rules.pathBytes)
    return refuse(path.slice(0, 80), 'path-length', `is longer than ${String(rules.pathBytes)} bytes`);
  if (parts.length > rules.pathDepth)
    return refuse(path, 'path-depth', `is deeper than ${String(rules.pathDepth)} folders`);
  for (const part of parts) {
    // What is there already may be deleted, whatever its name.
    const problem = change.kind === 'put' ? componentProblem(part) : emptyProblem(part);
    if (problem !== null) return refuse(path, 'path-form', problem);
  }
  return change.kind === 'delete' ? allowed : checkMode(change, parts.at(-1) ?? '', rules);
}

function checkMode(change: Extract<Change, { kind: 'put' }>, name: string, rules: PathRules): Verdict {
  if (!fileModes.has(change.mode)) return refuse(change.path, 'file-mode', `has the mode ${change.mode}`);
  if (change.mode === '160000' && rules.gitlinks === 'deny')
    return denied(
      'gitlink',
      `${printable(change.path)} is a nested repository (submodule)`,
      'commit its files instead, or ask for policy.gitlinks "allow"',
    );
  if (change.mode === '120000' && isInterpreted(name))
    return refuse(change.path, 'symlink', 'must be a regular file');
  return allowed;
}

function emptyProblem(part: string): string | null {
  if (part === '') return 'has an empty component';
  if (part === '.' || part === '..') return `has a component '${part}'`;
  return isUtf8(Buffer.from(part, 'latin1')) ? null : 'is not valid UTF-8';
}

/** What is wrong with a name within a path (one byte per character), or null. */
export function componentProblem(part: string): string | null {
  const empty = emptyProblem(part);
  if (empty !== null) return empty;
  if (part.length > componentBytes) return `has a component longer than ${String(componentBytes)} bytes`;
  if (/[\x00-\x1f\x7f]/.test(part)) return 'has a control character';
  if (isDotGit(part)) return "has a component that is '.git' in disguise";
  return null;
}

/** `.git` itself and what NTFS or HFS+ take for it; `\` separates folders on Windows. */
function isDotGit(part: string): boolean {
  return part.split('\\').some((piece) => {
    const name = folded(piece);
    const stem = name.split(':')[0]?.replace(/[ .]+$/, '') ?? '';
    return stem === '.git' || stem === 'git~1' || name === '.git';
  });
}

function isInterpreted(name: string): boolean {
  const plain =
    folded(name)
      .split(':')[0]
      ?.replace(/[ .]+$/, '') ?? '';
  return interpreted.includes(plain) || shortNames.test(plain);
}

function folded(bytes: string): string {
  return Buffer.from(bytes, 'latin1').toString('utf8').replace(ignorable, '').toLowerCase();
}

function refuse(path: string, rule: string, what: string): Verdict {
  return denied(rule, `path ${printable(path)} ${what}`, 'rename or unstage it: git rm --cached <path>');
}

/** Paths are the agent's: escaped, so that they can be shown anywhere. */
function printable(bytes: string): string {
  return JSON.stringify(Buffer.from(bytes, 'latin1').toString('utf8')).replace(
    /[\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]/gu,
    (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
