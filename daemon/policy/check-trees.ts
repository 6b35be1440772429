/**
 * The daemon's own rules for trees that come from an agent, beyond what `git index-pack --strict` rejects (rules.md,
 * 1.5): modes, lengths of names, links in places git interprets, depth. Pure: sees bytes, never a repository.
 */
import type { Oid } from '../../shared/ids';
import { parseTree, type TreeEntry } from './tree-entries';

export interface TreeRules {
  readonly pathDepth: number;
  readonly gitlinks: 'deny' | 'allow';
  /** What is wrong with a name (one byte per character), or null. */
  readonly nameProblem: (name: string) => string | null;
}

const entryModes = new Set(['40000', '100644', '100755', '120000', '160000']);
const interpreted = new Set(['.gitmodules', '.gitattributes', '.gitignore', '.mailmap']);
const nameBytes = 255;

/**
 * `trees` are the raw contents of all new trees by id. Returns what is wrong with the first bad one, in words without
 * any byte of a name, or null. The depth is measured along new trees only: old ones were checked when they came.
 */
export function checkTrees(
  trees: ReadonlyMap<string, Buffer>,
  roots: readonly Oid[],
  rules: TreeRules,
): string | null {
  const parsed = new Map<string, readonly TreeEntry[]>();
  for (const [id, content] of trees) {
    const entries = parseTree(content);
    if (entries === null) return 'a tree is malformed';
    for (const entry of entries) {
      const problem = entryProblem(entry, rules);
      if (problem !== null) return problem;
    }
    parsed.set(id, entries);
  }
  return isTooDeep(parsed, roots, rules.pathDepth) ? `folders are deeper than ${rules.pathDepth}` : null;
}

function entryProblem({ mode, name }: TreeEntry, rules: TreeRules): string | null {
  if (!entryModes.has(mode)) return 'a file has a mode that git does not use';
  if (name === '' || name.length > nameBytes) return `a name is longer than ${nameBytes} bytes`;
  if (name.includes('/')) return 'a name has a slash in it';
  if (mode === '120000' && interpreted.has(name.toLowerCase()))
    return `${name.toLowerCase()} is a symbolic link`;
  if (mode === '160000' && rules.gitlinks === 'deny') return 'it has a nested repository (submodule)';
  const problem = rules.nameProblem(name);
  return problem === null ? null : `a path ${problem}`;
}

/** Level by level, each tree once per level at most: linear in new trees times the allowed depth. */
function isTooDeep(
  trees: ReadonlyMap<string, readonly TreeEntry[]>,
  roots: readonly string[],
  depth: number,
): boolean {
  let level = new Set(roots.filter((id) => trees.has(id)));
  for (let reached = 0; level.size > 0; reached += 1) {
    if (reached > depth) return true;
    const next = new Set<string>();
    for (const id of level) {
      for (const entry of trees.get(id) ?? [])
        if (entry.mode === '40000' && trees.has(entry.id)) next.add(entry.id);
    }
    level = next;
  }
  return false;
}
