/** What the container's git says is staged: nothing that passes may hurt a repository, a work tree or a file system. */
import { blobsOf, parseRawDiff } from '../../../daemon/commit/raw-diff';
import type { Change } from '../../../daemon/git/commit-engine';
import { checkChanges } from '../../../daemon/policy/path-policy';
import { must, type FuzzTarget } from '../harness/target';

const rules = { pathBytes: 400, pathDepth: 8, commitPaths: 50, gitlinks: 'deny' } as const;
const id = '0123456789abcdef0123456789abcdef01234567';
const zero = '0'.repeat(40);
const line = (status: string, ...paths: string[]) =>
  `:100644 100644 ${zero} ${id} ${status}\0${paths.map((path) => `${path}\0`).join('')}`;

export const changes: FuzzTarget = {
  name: 'changes',
  seeds: [
    `${line('M', 'a/b.txt')}${line('A', 'c')}\0 2 files changed\n`,
    line('R100', 'a', 'b/c'),
    line('D', 'x') + line('U', 'y'),
    `:000000 120000 ${zero} ${id} A\0.gitattributes\0`,
  ],
  words: [
    '.git',
    '.GIT',
    '../',
    '/',
    '\\',
    'git~1',
    '.g\xe2\x80\x8cit',
    '.gitmodules',
    'gitmod~1',
    '\0',
    ':100755 120000 ',
    '160000',
    ' A\0',
    ' R100\0',
    ':',
    id,
    zero,
    '.git ',
    '.git::$INDEX_ALLOCATION',
    'a/',
  ],
  run: (input) => {
    const parsed = parseRawDiff(input.toString('latin1'));
    if (parsed === null) return;
    for (const blob of blobsOf(parsed.changes)) must(/^[0-9a-f]{40}$/.test(blob), 'ids are ids');
    if (!checkChanges(parsed.changes, rules).allowed) return;
    must(parsed.changes.length <= rules.commitPaths, 'paths are counted');
    const puts = parsed.changes.filter((change) => change.kind === 'put');
    must(new Set(puts.map(({ path }) => path)).size === puts.length, 'no path is put twice');
    for (const change of puts) checkPut(change);
  },
};

/** An opinion of its own, not the code under test. */
function checkPut({ path, mode }: Extract<Change, { kind: 'put' }>): void {
  must(['100644', '100755', '120000'].includes(mode), `mode ${mode}`);
  must(path.length > 0 && path.length <= rules.pathBytes, 'length of a path');
  const parts = path.split('/');
  must(parts.length <= rules.pathDepth, 'depth of a path');
  for (const part of parts) {
    must(
      part !== '' && part !== '.' && part !== '..' && part.length <= 255,
      `component ${JSON.stringify(part)}`,
    );
    must(!/[\x00-\x1f\x7f]/.test(part), 'no control bytes');
    const text = Buffer.from(part, 'latin1').toString('utf8');
    must(!text.includes('\ufffd') || part.includes('\xef\xbf\xbd'), 'UTF-8');
    const plain = text
      .normalize('NFKC')
      .replace(/[\p{Cf}]/gu, '')
      .toLowerCase();
    for (const piece of plain.split('\\'))
      must(!/^(\.git|git~1)[ .]*(:|$)/.test(piece), `.git in disguise: ${piece}`);
  }
  const name = (parts.at(-1) ?? '').toLowerCase();
  must(
    mode !== '120000' || !/^\.(gitmodules|gitattributes|gitignore|mailmap)$/.test(name),
    'no link where git reads',
  );
}
