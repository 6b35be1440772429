/**
 * `git pull` of an agent where it is a fast-forward of the agent's own branch: fetch, let the container's git bring
 * the work tree forward, then move the branch. Merging and rebasing are not done here.
 */
import { gitdirPath } from '../commit/commit-call';
import { end, fatal, outcome, type End } from '../commit/outcome';
import { isRefName, zeroOid, type Oid, type RefName } from '../../shared/ids';
import { containerPaths } from '../../shared/paths';
import type { Outcome } from '../../shared/invocation';
import { mayMoveBranch } from '../policy/branch-policy';
import { localLimits } from '../repos/git-refs';
import { fetchAll } from './run-fetch';
import { readOptions, type OptionRule } from './read-options';
import { currentBranch, refuseOption, refuseOtherRemote, shortName, type RemoteCall } from './remote-call';

const pullForms =
  '[--ff-only] [--ff] [--rebase|--no-rebase] [-q] [-v] [--progress] [--no-stat] [origin [<branch>]]';

const rules: readonly OptionRule[] = [
  { long: 'ff-only' },
  { long: 'ff' },
  { long: 'rebase', short: 'r' },
  { long: 'no-rebase' },
  { long: 'quiet', short: 'q' },
  { long: 'verbose', short: 'v' },
  { long: 'progress' },
  { long: 'no-progress' },
  { long: 'stat' },
  { long: 'no-stat', short: 'n' },
  { long: 'tags', short: 't' },
  { long: 'prune', short: 'p' },
  { long: 'no-edit' },
];

type Options = ReadonlyMap<string, string | true>;

export async function runPull(call: RemoteCall): Promise<Outcome> {
  const read = readOptions(call.invocation.argv.slice(1), rules);
  if (read.kind === 'unsupported') return refuseOption('pull', read.option, pullForms).outcome;
  const [remote, name, ...more] = read.rest;
  const refused = refuseOtherRemote(call, remote) ?? refuseState(call);
  if (refused !== null) return refused.outcome;
  const extra = more[0] ?? (name !== undefined && /[:*^+]/.test(name) ? name : undefined);
  if (extra !== undefined) return refuseOption('pull', `<refspec> ${extra}`, pullForms).outcome;

  const upstream = await findUpstream(call, name);
  const fetched = await fetchAll(call, read.options);
  if (fetched.kind === 'failed') return fetched.outcome;
  const tracking = `refs/remotes/origin/${upstream}`;
  const target = isRefName(tracking) ? await call.refs.read(call.record.id, tracking) : null;
  if (target === null) {
    return end(
      1,
      `${fetched.stderr}Your configuration specifies to merge with the ref 'refs/heads/${upstream}'\n` +
        'from the remote, but no such ref was fetched.\n',
    ).outcome;
  }
  const pulled = await integrate(call, target, upstream, read.options);
  return {
    ...pulled,
    stderr: fetched.stderr + pulled.stderr,
    write: [
      ...pulled.write,
      {
        path: gitdirPath('FETCH_HEAD'),
        text: `${target}\t\tbranch '${upstream}' of ${call.remote.display}\n`,
      },
    ],
  };
}

function refuseState(call: RemoteCall): End | null {
  const { invocation, agent, record } = call;
  const branch = currentBranch(invocation);
  if (branch === null) {
    return end(
      1,
      'You are not currently on a branch.\nPlease specify which branch you want to merge with.\n' +
        'See git-pull(1) for details.\n\n    git pull <remote> <branch>\n\n',
    );
  }
  const verdict = mayMoveBranch(agent, record, branch);
  if (!verdict.allowed) return fatal(`gitiso: ${verdict.reason} (${verdict.rule})`, verdict.hint);
  const state = invocation.state.find((file) =>
    /^(MERGE_HEAD|CHERRY_PICK_HEAD|REVERT_HEAD|rebase-)/.test(file),
  );
  return state === undefined
    ? null
    : fatal('You have not concluded your merge or rebase', 'finish or abort it, then pull again');
}

/** The short name of the branch at the remote. */
async function findUpstream(call: RemoteCall, name: string | undefined): Promise<string> {
  if (name !== undefined) return name.replace(/^refs\/heads\//, '');
  const { branch } = call.agent;
  const answer = await call.container.git(['config', '--get', `branch.${branch}.merge`]);
  const ref = answer.stdout.toString('latin1').trim();
  return answer.exitCode === 0 && isRefName(ref) ? shortName(ref) : branch;
}

async function integrate(
  call: RemoteCall,
  target: Oid,
  upstream: string,
  options: Options,
): Promise<Outcome> {
  const { ref } = call.agent;
  const current = (await call.refs.read(call.record.id, ref)) ?? zeroOid;
  const isQuiet = options.has('quiet');
  if (current === target || (current !== zeroOid && (await isAncestor(call, target, current)))) {
    return outcome({ stdout: isQuiet ? '' : 'Already up to date.\n' });
  }
  if (current !== zeroOid && !(await isAncestor(call, current, target)))
    return diverged(upstream, options).outcome;

  const problem = await moveWorkTree(call, current, target);
  if (problem !== null) return problem.outcome;
  const stat = isQuiet || options.has('no-stat') ? '' : await describe(call, current, target);
  const moved = await moveBranch(call, ref, current, target);
  if (moved !== null) return moved.outcome;
  return outcome({
    stdout: isQuiet ? '' : `Updating ${current.slice(0, 7)}..${target.slice(0, 7)}\nFast-forward\n${stat}`,
    append: reflog(call, ref, current, target),
    write: [{ path: gitdirPath('ORIG_HEAD'), text: `${current}\n` }],
  });
}

async function isAncestor(call: RemoteCall, ancestor: Oid, commit: Oid): Promise<boolean> {
  const answer = await call.context.git.run(['merge-base', '--is-ancestor', ancestor, commit], {
    gitDir: call.record.directory,
    ...localLimits,
  });
  return answer.exitCode === 0;
}

function diverged(upstream: string, options: Options): End {
  if (options.has('ff-only')) return fatal('Not possible to fast-forward, aborting.');
  return fatal(
    `gitiso: your branch and 'origin/${upstream}' have diverged; this version pulls fast-forwards only`,
    'merging and rebasing come with the transaction path, a later version',
    `what was fetched is in 'origin/${upstream}': git log HEAD..origin/${upstream}`,
  );
}

/** Real git in the container, as the agent: it refuses where local changes would be lost. null: done. */
async function moveWorkTree(call: RemoteCall, old: Oid, target: Oid): Promise<End | null> {
  await call.container.git(['update-index', '-q', '--refresh']);
  const trees = old === zeroOid ? [target] : [old, target];
  const answer = await call.container.git(['read-tree', '-m', '-u', ...trees]);
  if (answer.exitCode === 0) return null;
  return end(1, `${answer.stderr.toString('latin1')}Aborting\n`);
}

async function moveBranch(call: RemoteCall, ref: RefName, old: Oid, target: Oid): Promise<End | null> {
  const origin = { agent: call.agent.id, method: 'remote.run', argv: call.invocation.argv };
  const result = await call.refs.apply(call.record.id, [{ ref, old, new: target }], origin);
  if (result.kind === 'updated') return null;
  await call.container.git(['read-tree', '-m', '-u', target, old]);
  return fatal(
    `cannot lock ref 'HEAD': is at ${result.current} but expected ${old}`,
    "the branch moved in the meantime; look at 'git log' and try again",
  );
}

async function describe(call: RemoteCall, old: Oid, target: Oid): Promise<string> {
  if (old === zeroOid) return '';
  const answer = await call.container.git(['diff', '--stat', '--summary', '-M', old, target, '--']);
  return answer.stdout.toString('latin1');
}

function reflog(call: RemoteCall, ref: RefName, old: Oid, target: Oid): Outcome['append'] {
  const { name, email } = call.agent.committer;
  const who = Buffer.from(`${name} <${email}>`, 'utf8').toString('latin1');
  const seconds = Math.floor(call.context.now().getTime() / 1000);
  const action = call.invocation.argv
    .join(' ')
    .replace(/[\x00-\x1f\x7f]/g, ' ')
    .slice(0, 1000);
  const text = `${old} ${target} ${who} ${seconds} ${call.invocation.timezone}\t${action}: Fast-forward\n`;
  return [gitdirPath('logs/HEAD'), `${containerPaths.gitdir}/logs/${ref}`].map((path) => ({ path, text }));
}
