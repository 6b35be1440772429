/** The daemon's rules for new commits and trees of a transaction, the same as for a single commit. Pure. */
import type { Oid } from '../../shared/ids';
import type { ObjectType } from '../git/parse-plain-pack';
import { parseCommit } from '../git/read-commit';
import { checkCommit, type IdentityRules } from '../policy/commit-policy';
import { checkTrees } from '../policy/check-trees';
import { componentProblem, type PathRules } from '../policy/path-policy';
import { allowed, denied, type Verdict } from '../policy/verdict';

type Person = Parameters<typeof checkCommit>[1];

export function checkObjects(
  objects: ReadonlyMap<Oid, { readonly type: ObjectType; readonly content: Buffer | null }>,
  agent: Person,
  rules: PathRules & IdentityRules,
): Verdict {
  const trees = new Map<string, Buffer>();
  const roots: Oid[] = [];
  for (const [id, { type, content }] of objects) {
    if (content === null) continue;
    if (type === 'tree') trees.set(id, content);
    if (type !== 'commit') continue;
    const verdict = checkOne(id, content, agent, rules, roots);
    if (!verdict.allowed) return verdict;
  }
  const problem = checkTrees(trees, roots, { ...rules, nameProblem: componentProblem });
  return problem === null
    ? allowed
    : denied('path-form', problem, 'rename or remove it in the commits that bring it in');
}

function checkOne(id: Oid, content: Buffer, agent: Person, rules: IdentityRules, roots: Oid[]): Verdict {
  const commit = readOrNull(content);
  if (commit === null) return denied('commit-form', `commit ${id} is malformed`, 'make it again');
  roots.push(commit.tree);
  const verdict = checkCommit(commit, agent, rules);
  return verdict.allowed ? allowed : { ...verdict, reason: `commit ${id.slice(0, 12)}: ${verdict.reason}` };
}

/** git accepts commits that this product does not, such as dates before 1970. */
function readOrNull(content: Buffer): ReturnType<typeof parseCommit> | null {
  try {
    return parseCommit(content.toString('latin1'));
  } catch {
    return null;
  }
}
