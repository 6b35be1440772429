/**
 * From what git's hook reports to what is really asked for: git 2.39 hides half of a rename from its hook, and gives no
 * old value where it does not care. Pure.
 */
import { isOid, isRefName, zeroOid, type Oid, type RefName } from '../../shared/ids';

export interface ProposedUpdate {
  readonly ref: RefName;
  /** null: any value. */
  readonly old: Oid | null;
  /** zeroOid: delete. */
  readonly new: Oid;
}

export type ReadProposal =
  | {
      readonly kind: 'read';
      readonly updates: readonly ProposedUpdate[];
      /** The branch that the deleted one becomes, with its value. */
      readonly renamedTo: RefName | null;
    }
  | { readonly kind: 'malformed'; readonly ref: string };

export function readProposal(
  lines: readonly { readonly ref: string; readonly old: string; readonly new: string }[],
  argv: readonly string[],
): ReadProposal {
  const updates = new Map<string, ProposedUpdate>();
  for (const line of lines) {
    const { ref } = line;
    if (!isRefName(ref) || !isOid(line.old) || !isOid(line.new)) return { kind: 'malformed', ref };
    updates.set(ref, { ref, old: line.old === zeroOid ? null : line.old, new: line.new });
  }
  const [only, ...others] = updates.values();
  const isDeletion = others.length === 0 && only?.new === zeroOid && only.ref.startsWith('refs/heads/');
  const target = isDeletion ? renameTarget(argv) : null;
  const renamedTo = target === null ? null : `refs/heads/${target}`;
  if (renamedTo !== null && !isRefName(renamedTo)) return { kind: 'malformed', ref: renamedTo };
  return {
    kind: 'read',
    updates: [...updates.values()],
    renamedTo: renamedTo === only?.ref ? null : renamedTo,
  };
}

/** The new name in `git branch -m [<old>] <new>`; null: the command line is another one. */
function renameTarget(argv: readonly string[]): string | null {
  const start = argv.indexOf('branch');
  if (start < 0) return null;
  const args = argv.slice(start + 1);
  const isMove = args.some((arg) => /^-[A-Za-z]*[mM]/.test(arg) || arg === '--move');
  const names = args.filter((arg) => !arg.startsWith('-'));
  return isMove ? (names.at(-1) ?? null) : null;
}
