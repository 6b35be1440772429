/** `git fetch` of an agent: the whole repository is brought up to date from its remote, then FETCH_HEAD is written. */
import { gitdirPath } from '../commit/commit-call';
import { fatal, outcome } from '../commit/outcome';
import { isRefName, type Oid, type RefName } from '../../shared/ids';
import type { Outcome } from '../../shared/invocation';
import { isGitisoError } from '../../shared/errors';
import { listRefs, type RefMap, type RefMove } from '../repos/git-refs';
import { createRelay, remoteReplacements } from './relay-output';
import { readOptions, type OptionRule } from './read-options';
import {
  currentBranch,
  refuseOption,
  refuseOtherRemote,
  shortName,
  showsProgress,
  type RemoteCall,
} from './remote-call';

const fetchForms = '[--all] [-p] [-t] [-q] [-v] [--progress] [origin [<branch or tag>…]]';

const rules: readonly OptionRule[] = [
  { long: 'all' },
  { long: 'prune', short: 'p' },
  { long: 'no-prune' },
  { long: 'tags', short: 't' },
  { long: 'no-tags', short: 'n' },
  { long: 'force', short: 'f' },
  { long: 'quiet', short: 'q' },
  { long: 'verbose', short: 'v' },
  { long: 'progress' },
  { long: 'no-progress' },
  { long: 'no-recurse-submodules' },
];

export async function runFetch(call: RemoteCall): Promise<Outcome> {
  const read = readOptions(call.invocation.argv.slice(1), rules);
  if (read.kind === 'unsupported') return refuseOption('fetch', read.option, fetchForms).outcome;
  const [remote, ...names] = read.rest;
  const other = refuseOtherRemote(call, remote);
  if (other !== null) return other.outcome;
  const refspec = names.find((name) => /[:*^+]/.test(name));
  if (refspec !== undefined) return refuseOption('fetch', `<refspec> ${refspec}`, fetchForms).outcome;

  const fetched = await fetchAll(call, read.options);
  if (fetched.kind === 'failed') return fetched.outcome;
  const heads = await fetchHead(call, names);
  if (heads.kind === 'missing') return fatal(`couldn't find remote ref ${heads.name}`).outcome;
  return outcome({
    stderr: fetched.stderr,
    write: [{ path: gitdirPath('FETCH_HEAD'), text: heads.text }],
  });
}

export type Fetched =
  | { readonly kind: 'fetched'; readonly moves: readonly RefMove[]; readonly stderr: string }
  | { readonly kind: 'failed'; readonly outcome: Outcome };

/** The network part, with git's own output relayed as it comes. */
export async function fetchAll(
  call: RemoteCall,
  options: ReadonlyMap<string, string | true>,
): Promise<Fetched> {
  const relay = createRelay(
    call.container,
    call.remote.kind === 'network' ? remoteReplacements(call.remote.url, call.record.directory) : [],
  );
  const isQuiet = options.has('quiet');
  try {
    const moves = await call.service.update(call.record.id, {
      clone: true,
      remote: true,
      signal: call.signal,
      onStderr: relay.onStderr,
      verbosity: [
        ...(isQuiet ? ['--quiet' as const] : []),
        ...(options.has('verbose') ? ['--verbose' as const] : []),
        ...(showsProgress(call, options) ? ['--progress' as const] : []),
      ],
      origin: { agent: call.agent.id, method: 'remote.run', argv: call.invocation.argv, cause: 'fetch' },
    });
    await relay.finish();
    // Over a transport git itself has told it.
    const stderr = call.remote.kind === 'clone' && !isQuiet ? describeMoves(call, moves) : '';
    return { kind: 'fetched', moves, stderr };
  } catch (error) {
    await relay.finish();
    if (!isGitisoError(error) || error.code === 'request-cancelled') throw error;
    // What git said about the remote is on the terminal already.
    const text =
      error.code === 'repo-unreachable' ? '' : `fatal: gitiso: ${relay.translate(error.message)}\n`;
    return { kind: 'failed', outcome: outcome({ exitCode: 128, stderr: text }) };
  }
}

function describeMoves(call: RemoteCall, moves: readonly RefMove[]): string {
  const lines = moves
    .filter((move) => move.ref.startsWith('refs/remotes/origin/') || move.ref.startsWith('refs/tags/'))
    .map((move) => {
      const name = shortName(move.ref).replace(/^origin\//, '');
      const target = shortName(move.ref);
      const isTag = move.ref.startsWith('refs/tags/');
      if (/^0+$/.test(move.new)) return ` - ${'[deleted]'.padEnd(17)} ${'(none)'.padEnd(10)} -> ${target}`;
      const summary = /^0+$/.test(move.old)
        ? `* ${(isTag ? '[new tag]' : '[new branch]').padEnd(17)}`
        : `  ${`${move.old.slice(0, 7)}..${move.new.slice(0, 7)}`.padEnd(17)}`;
      return ` ${summary} ${name.padEnd(10)} -> ${target}`;
    });
  return lines.length === 0 ? '' : [`From ${call.remote.display}`, ...lines, ''].join('\n');
}

type FetchHead =
  { readonly kind: 'text'; readonly text: string } | { readonly kind: 'missing'; readonly name: string };

/** FETCH_HEAD as git writes it: what is to be merged first, then everything else. */
async function fetchHead(call: RemoteCall, names: readonly string[]): Promise<FetchHead> {
  const place = { gitDir: call.record.directory };
  const refs = await listRefs(call.context.git, place, ['refs/remotes/origin/', 'refs/tags/']);
  if (names.length > 0) {
    const lines: string[] = [];
    for (const name of names) {
      const found = findFetched(refs, name);
      if (found === null) return { kind: 'missing', name };
      lines.push(headLine(call, found.ref, found.value, true));
    }
    return { kind: 'text', text: lines.join('') };
  }
  const current = currentBranch(call.invocation);
  const merged = current === null ? '' : `refs/remotes/origin/${shortName(current)}`;
  const branches = [...refs].filter(([ref]) => ref.startsWith('refs/remotes/'));
  const ordered = [
    ...branches.filter(([ref]) => ref === merged),
    ...branches.filter(([ref]) => ref !== merged),
  ];
  return {
    kind: 'text',
    text: ordered.map(([ref, value]) => headLine(call, ref, value, ref === merged)).join(''),
  };
}

function findFetched(refs: RefMap, name: string): { readonly ref: RefName; readonly value: Oid } | null {
  const short = name.replace(/^refs\/heads\//, '');
  const candidates = name.startsWith('refs/tags/')
    ? [name]
    : [`refs/remotes/origin/${short}`, `refs/tags/${short}`];
  for (const ref of candidates.filter(isRefName)) {
    const value = refs.get(ref);
    if (value !== undefined) return { ref, value };
  }
  return null;
}

function headLine(call: RemoteCall, ref: string, value: Oid, isMerged: boolean): string {
  const kind = ref.startsWith('refs/tags/') ? 'tag' : 'branch';
  const name = shortName(ref).replace(/^origin\//, '');
  return `${value}\t${isMerged ? '' : 'not-for-merge'}\t${kind} '${name}' of ${call.remote.display}\n`;
}
