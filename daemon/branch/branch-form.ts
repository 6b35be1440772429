/** The forms of `git branch` that need no git: a branch made where HEAD is, or one deleted. Pure. */
import { isRefName, type RefName } from '../../shared/ids';

export type BranchForm =
  | { readonly kind: 'create'; readonly ref: RefName }
  | { readonly kind: 'delete'; readonly ref: RefName; readonly isQuiet: boolean };

const deleting = ['-d', '-D', '--delete'];
const beside = ['-f', '--force'];
const quiet = ['-q', '--quiet'];

/** `args` are those after `branch`. null: another form, or a name that only git reads. */
export function readBranchForm(args: readonly string[]): BranchForm | null {
  const options = args.filter((arg) => arg.startsWith('-'));
  const [name, ...others] = args.filter((arg) => !arg.startsWith('-'));
  const ref = name === undefined || others.length > 0 ? null : plainBranch(name);
  if (ref === null) return null;
  if (options.length === 0) return { kind: 'create', ref };
  const isKnown = options.every((option) => [...deleting, ...beside, ...quiet].includes(option));
  if (!isKnown || !options.some((option) => deleting.includes(option))) return null;
  return { kind: 'delete', ref, isQuiet: options.some((option) => quiet.includes(option)) };
}

/** A name that means itself: no `@{-1}`, nothing that looks like an id or like HEAD. */
function plainBranch(name: string): RefName | null {
  const ref = `refs/heads/${name}`;
  const isPlain =
    /^[A-Za-z0-9][A-Za-z0-9._/-]*$/.test(name) && name !== 'HEAD' && !/^[0-9a-f]{40}$/.test(name);
  return isPlain && isRefName(ref) ? ref : null;
}
