/**
 * What has to hold after every crash and restart, by git's word and the daemon's: whatever was acknowledged is there,
 * whatever was not is there wholly or not at all, the audit log tells of every ref, and nothing lies about.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RpcClient } from '../../client/rpc-client';
import type { AuditRecord } from '../../shared/records';
import { zeroOid } from '../../shared/ids';
import { acknowledge, type Ledger, type Move } from './ledger';
import { must, run } from './run';

export interface Checked {
  readonly state: string;
  readonly client: RpcClient;
  readonly ledger: Ledger;
  /** The remote of the repository `r`. */
  readonly remote: string;
  /** Refs of `r` that were there before the audit log began, as `<ref>`. */
  readonly unaudited: ReadonlySet<string>;
}

/** All that is wrong, in words; empty: all is well. What was unsure before is sure afterwards, in the ledger. */
export async function checkInvariants(checked: Checked): Promise<readonly string[]> {
  const { state, client, ledger } = checked;
  const problems: string[] = [];
  const repositories = (await client.call('repo.list', {})).repos.map(({ id }) => id);
  const refs = new Map<string, ReadonlyMap<string, string>>();
  for (const repo of repositories) {
    // The attic has the snapshots.
    const places = [join(state, 'repos', `${repo}.git`), join(state, 'attic', `${repo}.git`)].filter(
      existsSync,
    );
    const found = new Map<string, string>();
    for (const gitDir of places) {
      const fsck = await run('git', [`--git-dir=${gitDir}`, 'fsck', '--full', '--strict', '--no-dangling']);
      // An attic has no branch, and git says so.
      const said = fsck.stderr.replace(/^notice: .*\n/gm, '');
      if (fsck.code !== 0 || said !== '') problems.push(`fsck of ${gitDir}: ${fsck.stderr}${fsck.stdout}`);
      for (const [ref, value] of await listRefs(gitDir)) found.set(ref, value);
    }
    refs.set(repo, found);
  }
  problems.push(...checkRepositories(ledger, repositories));
  const agents = (await client.call('agent.list', {})).agents;
  problems.push(...checkAgents(ledger, agents));
  const own = refs.get('r') ?? new Map<string, string>();
  problems.push(...checkTransactions(ledger, own));
  problems.push(...checkRefs(ledger, own));
  problems.push(...(await checkCommits(state, ledger, own)));
  problems.push(...(await checkRemote(checked)));
  const verified = await client.call('audit.verify', {});
  if (!verified.valid) problems.push(`audit verify: ${JSON.stringify(verified.problem)}`);
  const audit = readAudit(state);
  problems.push(...checkAudit(audit, refs, checked.unaudited));
  problems.push(...checkPushes(audit, ledger));
  problems.push(...checkLeftovers(state));
  return problems;
}

async function listRefs(gitDir: string): Promise<ReadonlyMap<string, string>> {
  const text = await must('git', [
    `--git-dir=${gitDir}`,
    'for-each-ref',
    '--format=%(objectname) %(refname) %(symref)',
  ]);
  const lines = text.split('\n').filter((line) => line.endsWith(' '));
  return new Map(lines.map((line) => [line.slice(41).trimEnd(), line.slice(0, 40)]));
}

function checkRepositories(ledger: Ledger, found: readonly string[]): readonly string[] {
  const problems: string[] = [];
  for (const [id, expected] of ledger.repositories) {
    const isThere = found.includes(id);
    if (expected !== 'unsure' && isThere !== (expected === 'there'))
      problems.push(`repository ${id} should be ${expected}`);
    ledger.repositories.set(id, isThere ? 'there' : 'gone');
  }
  return problems;
}

function checkAgents(
  ledger: Ledger,
  found: readonly { readonly id: string; readonly status: string }[],
): readonly string[] {
  const problems: string[] = [];
  for (const [id, expected] of ledger.agents) {
    const agent = found.find((one) => one.id === id);
    if (expected !== 'unsure' && (agent !== undefined) !== (expected === 'there'))
      problems.push(`agent ${id} should be ${expected}`);
    if (agent !== undefined && !['ready', 'stopped'].includes(agent.status))
      problems.push(`agent ${id} is ${agent.status}`);
    ledger.agents.set(id, agent === undefined ? 'gone' : 'there');
  }
  return problems;
}

function checkTransactions(ledger: Ledger, refs: ReadonlyMap<string, string>): readonly string[] {
  const problems: string[] = [];
  for (const moves of ledger.unsure) {
    const has = (side: 'old' | 'new') =>
      moves.every((move) => (refs.get(move.ref) ?? zeroOid) === move[side]);
    if (has('new')) acknowledge(ledger, moves);
    else if (has('old')) acknowledge(ledger, moves.map(reverse));
    else problems.push(`half a transaction: ${JSON.stringify(moves.map(({ ref }) => [ref, refs.get(ref)]))}`);
  }
  ledger.unsure.length = 0;
  return problems;
}

function reverse({ ref, old, new: value }: Move): Move {
  return { ref, old: value, new: old };
}

function checkRefs(ledger: Ledger, refs: ReadonlyMap<string, string>): readonly string[] {
  return [...ledger.refs].flatMap(([ref, value]) =>
    refs.get(ref) === value ? [] : [`${ref} should be ${value}, is ${refs.get(ref) ?? 'missing'}`],
  );
}

/** Every acknowledged commit in the order it was made, and no message twice. */
async function checkCommits(
  state: string,
  ledger: Ledger,
  refs: ReadonlyMap<string, string>,
): Promise<readonly string[]> {
  const problems: string[] = [];
  const gitDir = join(state, 'repos', 'r.git');
  for (const ref of new Set(ledger.commits.map((commit) => commit.ref))) {
    if (!refs.has(ref)) {
      problems.push(`${ref} is gone`);
      continue;
    }
    const log = await must('git', [`--git-dir=${gitDir}`, 'log', '--reverse', '--format=%H %s', ref]);
    const lines = log.split('\n').map((line) => ({ id: line.slice(0, 40), message: line.slice(41) }));
    const places = new Map(lines.map(({ id }, index) => [id, index]));
    let before = -1;
    for (const { message, id } of ledger.commits.filter((commit) => commit.ref === ref)) {
      const times = lines.filter((line) => line.message === message).length;
      if (times > 1) problems.push(`"${message}" was committed ${String(times)} times`);
      if (id === null) continue;
      const place = places.get(id);
      if (place === undefined) problems.push(`acknowledged commit ${id} "${message}" is lost`);
      else if (place < before) problems.push(`"${message}" lies before an older commit`);
      before = place ?? before;
    }
  }
  for (const id of ledger.fetched) {
    const { code } = await run('git', [`--git-dir=${gitDir}`, 'cat-file', '-e', id]);
    if (code !== 0) problems.push(`fetched commit ${id} is not in the repository`);
  }
  ledger.fetched.length = 0;
  return problems;
}

async function checkRemote({ remote, ledger }: Checked): Promise<readonly string[]> {
  const problems: string[] = [];
  const newest = new Map(ledger.pushes.map(({ ref, id }) => [ref, id]));
  for (const [ref, id] of newest) {
    const { code } = await run('git', [`--git-dir=${remote}`, 'merge-base', '--is-ancestor', id, ref]);
    if (code !== 0) problems.push(`acknowledged push of ${id} to ${ref} is not at the remote`);
  }
  return problems;
}

function readAudit(state: string): readonly AuditRecord[] {
  const folder = join(state, 'audit');
  const names = readdirSync(folder).filter((name) => name.endsWith('.jsonl'));
  return names.sort().flatMap((name) =>
    readFileSync(join(folder, name), 'utf8')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as AuditRecord),
  );
}

/** The last accepted outcome of every ref is what the repository has. */
function checkAudit(
  audit: readonly AuditRecord[],
  refs: ReadonlyMap<string, ReadonlyMap<string, string>>,
  unaudited: ReadonlySet<string>,
): readonly string[] {
  const told = toldByAudit(audit);
  const problems: string[] = [];
  for (const [repo, values] of refs) {
    const expected = told.get(repo) ?? new Map<string, string>();
    for (const ref of new Set([...values.keys(), ...expected.keys()])) {
      const isBaseline = !expected.has(ref) && repo === 'r' && unaudited.has(ref);
      if (values.get(ref) === expected.get(ref) || isBaseline) continue;
      problems.push(
        `${repo} ${ref} is ${values.get(ref) ?? 'missing'}, the audit log says ${expected.get(ref) ?? 'nothing'}`,
      );
    }
  }
  for (const repo of told.keys())
    if (!refs.has(repo)) problems.push(`the audit log does not tell that ${repo} is gone`);
  return problems;
}

function toldByAudit(audit: readonly AuditRecord[]): ReadonlyMap<string, ReadonlyMap<string, string>> {
  const told = new Map<string, Map<string, string>>();
  for (const { repo, method, verdict, refs: moves } of audit) {
    // A push moves refs of the remote.
    if (repo === null || verdict !== 'accepted' || method === 'remote.connect') continue;
    const values = told.get(repo) ?? new Map<string, string>();
    for (const { ref, new: value } of moves) {
      if (value === zeroOid) values.delete(ref);
      else values.set(ref, value);
    }
    if (method === 'repo.remove') told.delete(repo);
    else told.set(repo, values);
  }
  return told;
}

function checkPushes(audit: readonly AuditRecord[], ledger: Ledger): readonly string[] {
  const pushed = new Set(
    audit
      .filter(({ method, verdict }) => method === 'remote.connect' && verdict === 'accepted')
      .flatMap(({ refs }) => refs.map(({ ref, new: value }) => `${ref} ${value}`)),
  );
  const untold = ledger.pushes.filter(({ ref, id }) => !pushed.has(`${ref} ${id}`));
  // A push of what the remote has already asks for nothing, also when the first one was cut off after it.
  const known = new Set(audit.flatMap(({ refs }) => refs.map(({ ref, new: value }) => `${ref} ${value}`)));
  return untold
    .filter(({ ref, id }) => !known.has(`${ref} ${id}`))
    .map(({ ref, id }) => `the audit log does not tell of the push of ${id} to ${ref}`);
}

/** Locks, unfinished objects and files, staged objects. The agents' own folders are theirs. */
function checkLeftovers(state: string): readonly string[] {
  const isLeft = (path: string): boolean =>
    /(^|\/)(staging|trash)\/.|\.lock$|\.twin$|\/tmp_|\.tmp$|\/\.(new|removed)-|packed-refs\.new$/.test(path);
  return ['', 'audit', 'journal', 'staging', 'repos', 'mirrors', 'trash', 'agents-removed']
    .flatMap((folder) => namesIn(join(state, folder), folder !== '').map((name) => join(folder, name)))
    .filter((path) => isLeft(path) && path !== 'gitisod.lock')
    .map((path) => `left over: ${path}`);
}

/**
 * Some folders are made when they are first needed. Links are not followed: they lead into the repositories of users, where a git
 * that is killed leaves what it leaves everywhere.
 */
function namesIn(folder: string, isRecursive: boolean): readonly string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const below = isRecursive && entry.isDirectory() ? namesIn(join(folder, entry.name), true) : [];
    return [entry.name, ...below.map((name) => join(entry.name, name))];
  });
}
