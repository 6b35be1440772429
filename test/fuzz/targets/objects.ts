/** Commits and trees as an agent's git made them. The first byte chooses which of the two. */
import { checkTrees } from '../../../daemon/policy/check-trees';
import { checkCommit } from '../../../daemon/policy/commit-policy';
import { componentProblem } from '../../../daemon/policy/path-policy';
import { parseCommit } from '../../../daemon/git/read-commit';
import { assertOid } from '../../../shared/ids';
import { must, type FuzzTarget } from '../harness/target';

const id = assertOid('0123456789abcdef0123456789abcdef01234567');
const person = { name: 'A', email: 'a@b' };
const treeRules = { pathDepth: 8, gitlinks: 'deny', nameProblem: componentProblem } as const;
const binary = 'x'.repeat(20);

export const objects: FuzzTarget = {
  name: 'objects',
  seeds: [
    `c tree ${id}\nparent ${id}\nauthor A <a@b> 1700000000 +0100\ncommitter A <a@b> 1700000000 -0000\n\nm\n`,
    `c tree ${id}\nauthor A <a@b> 1 +0000\ncommitter A <a@b> 1 +0000\nencoding ISO-8859-1\ngpgsig -----\n x\n\nm`,
    `t 100644 a\0${binary}40000 b\0${binary}`,
    `t 120000 .gitattributes\0${binary}`,
  ],
  words: [
    'tree ',
    'parent ',
    'author ',
    'committer ',
    'encoding ',
    'mergetag ',
    'gpgsig ',
    '\n\n',
    ' <',
    '> ',
    ' +0000',
    `${id}\n`,
    '40000 ',
    '100644 ',
    '100664 ',
    '160000 ',
    '.git\0',
    '..\0',
    '\0',
    '\xe2\x80\xae',
  ],
  run: (input) => {
    const content = input.subarray(2);
    if (input[0] === 0x74) checkTree(content);
    else checkOne(content);
  },
};

function checkTree(content: Buffer): void {
  const problem = checkTrees(new Map([[id, content]]), [id], treeRules);
  if (problem !== null) {
    must(/^[\x20-\x7e]*$/.test(problem), 'no byte of a name is in a message');
    return;
  }
  // The strictest reading: every byte belongs to an entry.
  const text = content.toString('latin1');
  const entries = text.match(/(?:40000|100644|100755|120000) [^\0/]{1,255}\0[^]{20}/gy) ?? [];
  must(entries.join('') === text, 'a tree is nothing but entries of known modes');
}

function checkOne(content: Buffer): void {
  let commit: ReturnType<typeof parseCommit>;
  try {
    commit = parseCommit(content.toString('latin1'));
  } catch (error) {
    // Each is a refusal by name; a defect would be a TypeError or RangeError.
    must(error instanceof Error && error.constructor === Error, `a refusal, not ${String(error)}`);
    return;
  }
  const verdict = checkCommit(
    commit,
    { author: person, committer: person },
    { author: 'any', committer: 'agent' },
  );
  if (!verdict.allowed) return;
  must(
    commit.committer.name === person.name && commit.committer.email === person.email,
    'the committer is the agent',
  );
  for (const { name, email } of [commit.author, commit.committer])
    must(!/[\x00-\x1f<>]/.test(name + email), 'no line can be forged');
}
