/** Understands the arguments of `git push`: what is to be pushed where. Pure; decides nothing about permission. */
import { isRefName, type RefName } from '../../shared/ids';
import { readOptions, type OptionRule } from './read-options';

export interface PushItem {
  /** What to push, as the agent wrote it; null: delete. */
  readonly source: string | null;
  /** Fully qualified; `refs/tags/*` for --tags. */
  readonly target: string;
  readonly force: boolean;
}

export interface PushRequest {
  readonly kind: 'push';
  readonly remote: string | undefined;
  readonly items: readonly PushItem[];
  readonly lease: Lease;
  readonly setUpstream: boolean;
  readonly options: ReadonlyMap<string, string | true>;
}

/** `all`: as the remote-tracking branch says; `one`: a given commit, or '' for "must not exist". */
export type Lease =
  | { readonly kind: 'none' }
  | { readonly kind: 'all' }
  | { readonly kind: 'one'; readonly ref: string; readonly expected: string | null };

export type PushProblem =
  | { readonly kind: 'unsupported'; readonly option: string }
  /** Text in git's own form. */
  | { readonly kind: 'wrong'; readonly text: string; readonly exitCode: number };

export const pushForms =
  '[-u] [-f|--force-with-lease[=<ref>[:<expect>]]] [-d] [-n] [-q] [-v] [--porcelain] [--progress] [origin [<refspec>…]]';

const rules: readonly OptionRule[] = [
  { long: 'set-upstream', short: 'u' },
  { long: 'force', short: 'f' },
  { long: 'force-with-lease', value: 'optional' },
  { long: 'no-force-with-lease' },
  { long: 'delete', short: 'd' },
  { long: 'tags' },
  { long: 'dry-run', short: 'n' },
  { long: 'quiet', short: 'q' },
  { long: 'verbose', short: 'v' },
  { long: 'porcelain' },
  { long: 'progress' },
  { long: 'no-progress' },
  { long: 'verify' },
  { long: 'no-verify' },
  { long: 'thin' },
  { long: 'no-thin' },
  { long: 'atomic' },
];

const detached = `fatal: You are not currently on a branch.
To push the history leading to the current (detached HEAD)
state now, use

    git push origin HEAD:<name-of-remote-branch>

`;

const onNoBranch: PushProblem = { kind: 'wrong', text: detached, exitCode: 128 };
const deleteNeedsNames: PushProblem = {
  kind: 'wrong',
  text: 'fatal: --delete only accepts plain target ref names\n',
  exitCode: 128,
};

function invalidRefspec(text: string): PushProblem {
  return { kind: 'wrong', text: `fatal: invalid refspec '${text}'\n`, exitCode: 128 };
}

/** `args` without the subcommand; `current` is the branch that HEAD is on. */
export function readPush(args: readonly string[], current: RefName | null): PushRequest | PushProblem {
  const read = readOptions(args, rules);
  if (read.kind === 'unsupported') return read;
  const { options } = read;
  const [remote, ...refspecs] = read.rest;
  const force = options.has('force');
  const items: PushItem[] = options.has('tags')
    ? [{ source: 'refs/tags/*', target: 'refs/tags/*', force }]
    : [];
  if (options.has('delete') && refspecs.length === 0) {
    return { kind: 'wrong', text: "fatal: --delete doesn't make sense without any refs\n", exitCode: 128 };
  }
  if (refspecs.length === 0 && !options.has('tags')) {
    if (current === null) return onNoBranch;
    items.push({ source: current, target: current, force });
  }
  for (const refspec of refspecs) {
    const item = readRefspec(refspec, current, force, options.has('delete'));
    if ('kind' in item) return item;
    items.push(item);
  }
  const lease = options.has('no-force-with-lease')
    ? { kind: 'none' as const }
    : readLease(options.get('force-with-lease'));
  return { kind: 'push', remote, items, lease, setUpstream: options.has('set-upstream'), options };
}

function readRefspec(
  text: string,
  current: RefName | null,
  forceAll: boolean,
  isDelete: boolean,
): PushItem | PushProblem {
  const force = forceAll || text.startsWith('+');
  const spec = text.startsWith('+') ? text.slice(1) : text;
  if (spec === '' || spec === ':' || spec.includes('*')) return { kind: 'unsupported', option: text };
  if (isDelete && spec.includes(':')) return deleteNeedsNames;
  const [source, target] = splitRefspec(spec, isDelete);
  const isHead = source === 'HEAD' || source === '@';
  if (target === null && isHead) {
    return current === null ? onNoBranch : { source: current, target: current, force };
  }
  return makeItem(source, target ?? source ?? '', force) ?? invalidRefspec(text);
}

/** A source of null deletes; a target of null is named as the source. */
function splitRefspec(
  spec: string,
  isDelete: boolean,
): readonly [source: string | null, target: string | null] {
  if (isDelete) return [null, spec];
  const colon = spec.indexOf(':');
  if (colon === -1) return [spec, null];
  const target = spec.slice(colon + 1);
  return [colon === 0 ? null : spec.slice(0, colon), target === '' ? null : target];
}

function makeItem(source: string | null, target: string, force: boolean): PushItem | null {
  if (target === 'HEAD' || target === '@') return null;
  const ref = target.startsWith('refs/') ? target : `refs/heads/${target.replace(/^heads\//, '')}`;
  return isRefName(ref) ? { source, target: ref, force } : null;
}

function readLease(value: string | true | undefined): Lease {
  if (value === undefined) return { kind: 'none' };
  if (value === true) return { kind: 'all' };
  const colon = value.indexOf(':');
  if (colon === -1) return { kind: 'one', ref: value, expected: null };
  return { kind: 'one', ref: value.slice(0, colon), expected: value.slice(colon + 1) };
}
