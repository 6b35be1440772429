/**
 * Makes the tree of a commit from the base tree and the checked changes. Its cost grows with the folders that
 * changed, not with the repository. Refuses what would be ambiguous (a file where a folder remains).
 */
import type { Change } from './commit-engine';
import type { GitOid, GitRepository, GitTree, NodeGit } from './nodegit';
import type { Refusal } from './worker-protocol';

const treeMode = 0o040000;

interface Node {
  put: Extract<Change, { kind: 'put' }> | null;
  remove: boolean;
  readonly children: Map<string, Node>;
}

type Built = { readonly kind: 'tree'; readonly id: GitOid | null } | Refusal;

/** The new tree's id, null when nothing is left in it. Paths are bytes, U+0000–U+00FF, and valid UTF-8. */
export async function buildTree(
  git: NodeGit,
  repository: GitRepository,
  base: GitTree | null,
  changes: readonly Change[],
): Promise<Built> {
  const quick = await putOne(git, repository, base, changes);
  if (quick !== null) return { kind: 'tree', id: quick };
  const root: Node = { put: null, remove: false, children: new Map() };
  for (const change of changes) addChange(root, change);
  return applyNode(git, repository, base, root, '');
}

/** One changed file is the usual commit: a single call into libgit2. null: not that, or it needs a closer look. */
async function putOne(
  git: NodeGit,
  repository: GitRepository,
  base: GitTree | null,
  changes: readonly Change[],
): Promise<GitOid | null> {
  const [change, more] = changes;
  if (base === null || change?.kind !== 'put' || more !== undefined) return null;
  const update = new git.TreeUpdate();
  update.action = git.Tree.UPDATE.UPSERT;
  update.path = utf8Path(change);
  update.id = git.Oid.fromString(change.id);
  update.filemode = parseInt(change.mode, 8);
  return base.createUpdated(repository, 1, [update]).catch(() => null);
}

function utf8Path(change: Change): string {
  return Buffer.from(change.path, 'latin1').toString('utf8');
}

function addChange(root: Node, change: Change): void {
  let node = root;
  for (const part of utf8Path(change).split('/')) {
    let child = node.children.get(part);
    if (child === undefined) {
      child = { put: null, remove: false, children: new Map() };
      node.children.set(part, child);
    }
    node = child;
  }
  if (change.kind === 'put') node.put = change;
  else node.remove = true;
}

async function applyNode(
  git: NodeGit,
  repository: GitRepository,
  base: GitTree | null,
  node: Node,
  path: string,
): Promise<Built> {
  const [builder, subtrees] = await Promise.all([
    git.Treebuilder.create(repository, base),
    Promise.all(
      [...node.children].map(([name, child]) => applyChild(git, repository, base, name, child, path)),
    ),
  ]);
  for (const result of subtrees) {
    if (result.kind !== 'entry') return result;
    if (result.existed) builder.remove(result.name);
    if (result.id === null) continue;
    try {
      builder.insert(result.name, result.id, result.mode);
    } catch {
      return {
        kind: 'invalid',
        rule: 'object-type',
        reason: `${path}${result.name} can not be an object of that kind`,
      };
    }
  }
  if (builder.entrycount() === 0) return { kind: 'tree', id: null };
  return { kind: 'tree', id: await builder.write() };
}

type ChildResult =
  | {
      readonly kind: 'entry';
      readonly name: string;
      readonly existed: boolean;
      readonly id: GitOid | null;
      readonly mode: number;
    }
  | Refusal;

async function applyChild(
  git: NodeGit,
  repository: GitRepository,
  base: GitTree | null,
  name: string,
  child: Node,
  parentPath: string,
): Promise<ChildResult> {
  const path = `${parentPath}${name}`;
  const entry = base?._entryByName(name) ?? null;
  const wasTree = entry !== null && entry.filemode() === treeMode;
  if (child.remove && (entry === null || wasTree))
    return invalid(`${path} is to be deleted but is not a file of the base`);

  let subtree: GitOid | null = wasTree ? entry.id() : null;
  if (child.children.size > 0) {
    if (entry !== null && !wasTree && !child.remove)
      return invalid(`${path} is a file and can not become a folder as well`);
    const old = subtree === null ? null : await git.Tree.lookup(repository, subtree);
    const built = await applyNode(git, repository, old, child, `${path}/`);
    if (built.kind !== 'tree') return built;
    subtree = built.id;
  }
  const existed = entry !== null;
  if (child.put !== null) {
    if (subtree !== null) return invalid(`${path} is a folder and can not become a file as well`);
    return {
      kind: 'entry',
      name,
      existed,
      id: git.Oid.fromString(child.put.id),
      mode: parseInt(child.put.mode, 8),
    };
  }
  return { kind: 'entry', name, existed, id: subtree, mode: treeMode };
}

function invalid(reason: string): Refusal {
  return { kind: 'invalid', rule: 'file-folder-conflict', reason };
}
