/**
 * The stage of the attacks: the real daemon, a real engine, a repository with two agents (an attacker, root in its container,
 * and a bystander), a second repository of somebody else's, and a witness who compares before and after.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RpcClient } from '../../../client/rpc-client';
import type { AuditRecord } from '../../../shared/records';
import { addRepo, createAgent } from '../../helpers/agents';
import { startDaemon, type TestDaemon } from '../../helpers/daemon';
import { fsckStrict, git } from '../../helpers/git';
import { makeRemote, makeRepo, writeFiles } from '../../helpers/repo';
import { tempDir } from '../../helpers/temp-dir';
import { openPeer, type AttackPeer } from './attack-peer';
import { openRelay, openShell, type Relay, type Shell } from './inside';
import { takeFingerprint, type Fingerprint } from './witness';

export const attacker = 'mallory';
export const bystander = 'alice';
export const ownRef = `refs/heads/agent/${attacker}`;

/** What the second repository and the host hold and no agent of the first may see. */
export const secret = 'the-secret-of-somebody-else';

export interface AttackStage {
  readonly daemon: TestDaemon;
  readonly client: RpcClient;
  /** The bare repository of both agents. */
  readonly bare: string;
  /** A bare repository that the agents may not see. */
  readonly other: string;
  /** A folder of the host's with files of its user's. */
  readonly host: string;
  /** What `origin` of the repository is. */
  readonly remote: string;
  readonly main: string;
  /** A shell in the attacker's container; a new one after `renew`. */
  readonly shell: Shell;
  readonly bystanderShell: Shell;
  /** A connection of a program in the attacker's container to its socket. */
  readonly peer: (framing?: 'lines' | 'headers') => AttackPeer;
  readonly shared: (...args: readonly string[]) => Promise<string>;
  /** Value of a ref of the repository, '' when it does not exist. */
  readonly valueOf: (ref: string) => Promise<string>;
  readonly container: (agent?: string) => Promise<string>;
  /** After the attacker's container was made anew. */
  readonly renew: () => Promise<void>;
  readonly lastAudit: () => Promise<AuditRecord>;
}

export interface Allowed {
  /** Refs of the repository that may have moved, with the objects they need. */
  readonly refs?: RegExp;
  /** Objects may be left that no ref names: what the agent was allowed to bring, and did not use. */
  readonly objects?: boolean;
  /** Names below the state directory that may come and go. */
  readonly state?: RegExp;
  /** Paths of the bystander's that it changed itself meanwhile. */
  readonly bystander?: RegExp;
}

export interface StageOptions {
  readonly config?: Readonly<Record<string, unknown>>;
  readonly files?: number;
}

type Attack = (stage: AttackStage) => Promise<void>;

export interface AttackSuite {
  /** A test that is named after the attack's id in docs/threats.md. */
  readonly attack: (id: string, what: string, body: Attack, allowed?: Allowed, timeoutMs?: number) => void;
}

/** To be called once in a test file: opens the stage before its first test. */
export function attackSuite(options: StageOptions = {}): AttackSuite {
  let stage: AttackStage;
  const peers: AttackPeer[] = [];
  const held: (Shell | Relay)[] = [];
  let commits = 0;

  const ended = async () => {
    await Promise.all(peers.splice(0).map((peer) => peer.close()));
  };

  beforeAll(async () => {
    stage = await openStage(options, peers, held);
  });
  afterAll(async () => {
    await ended();
    await Promise.all(held.map((one) => one.close()));
  });

  async function witnessed(body: Attack, allowed: Allowed): Promise<void> {
    const pid = stage.daemon.pid();
    const before = await fingerprint(stage);
    let heard: string;
    try {
      await body(stage);
    } finally {
      heard = peers.map((peer) => peer.heard()).join('\n');
      await ended();
    }
    const after = await fingerprint(stage);
    expect(without(after, before, allowed)).toEqual(without(before, after, allowed));
    // The daemon is the same process, it answers, and the other agent commits as ever.
    expect(stage.daemon.pid()).toBe(pid);
    process.kill(pid, 0);
    commits += 1;
    const message = `still fine ${String(commits)}`;
    const tip = await stage.bystanderShell.ok(
      `git commit -q --allow-empty -m '${message}' && git rev-parse HEAD`,
    );
    expect(await stage.valueOf(`refs/heads/agent/${bystander}`)).toBe(tip);
    expect(heard).not.toContain(secret);
    expect(heard).not.toMatch(hostText(stage));
  }

  return {
    attack: (id, what, body, allowed = {}, timeoutMs = 60_000) => {
      test(`${id} ${what}`, () => witnessed(body, allowed), timeoutMs);
    },
  };
}

/** A path of the host, or a line of a stack trace. */
export function hostText(stage: AttackStage): RegExp {
  const root = join(stage.daemon.stateDirectory, '..').replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`${root}|\\n +at .*[.](js|ts):\\d+`);
}

function fingerprint(stage: AttackStage): Promise<Fingerprint> {
  return takeFingerprint({
    state: stage.daemon.stateDirectory,
    host: stage.host,
    attacker,
    bystander,
    repositories: ['r', 'other'],
  });
}

/** One fingerprint without what the attacker was allowed to change. */
function without(own: Fingerprint, other: Fingerprint, allowed: Allowed): Fingerprint {
  const { refs, objects, state, bystander: its } = allowed;
  const isAllowed = (line: string) => refs?.test(line.split(' ')[1] ?? '') === true;
  const kept = objects === true || refs !== undefined;
  return {
    ...own,
    refs: { ...own.refs, r: (own.refs['r'] ?? []).filter((line) => !isAllowed(line)) },
    // Nothing of what was there may be gone.
    objects: {
      ...own.objects,
      r: kept ? intersection(own.objects['r'], other.objects['r']) : (own.objects['r'] ?? []),
    },
    bystander: own.bystander.filter((line) => its?.test(line) !== true),
    state: own.state.filter((line) => state?.test(line) !== true),
  };
}

function intersection(one: readonly string[] = [], other: readonly string[] = []): readonly string[] {
  const there = new Set(other);
  return one.filter((line) => there.has(line));
}

async function openStage(
  options: StageOptions,
  peers: AttackPeer[],
  held: (Shell | Relay)[],
): Promise<AttackStage> {
  const daemon = await startDaemon({ ...(options.config === undefined ? {} : { config: options.config }) });
  const client = await daemon.connect();
  const host = join(tempDir(), 'host');
  mkdirSync(host, { mode: 0o700 });
  writeFileSync(join(host, 'secret'), `${secret}\n`, { mode: 0o600 });
  const user = await makeRepo({ files: options.files ?? 5, commits: 2 });
  const remote = await makeRemote(user);
  await git(user, ['remote', 'add', 'origin', remote]);
  const theirs = await makeRepo({ files: 1 });
  writeFiles(theirs, { secret });
  await git(theirs, ['add', '-A']);
  await git(theirs, ['commit', '-q', '-m', secret]);
  await addRepo(client, user);
  await client.call('repo.add', { location: theirs, id: 'other' });
  await Promise.all([attacker, bystander].map((id) => createAgent(client, id)));
  const bare = join(daemon.stateDirectory, 'repos', 'r.git');

  const container = async (agent = attacker) => {
    const shown = await client.call('agent.show', { id: agent });
    return shown.agent.containerId ?? '';
  };
  const hold = <T extends Shell | Relay>(one: T): T => {
    held.push(one);
    return one;
  };
  const enter = async () => {
    const id = await container();
    const relay = await openRelay(id, join(daemon.stateDirectory, 'agents', attacker, 'gitdir'));
    return { shell: hold(openShell(id)), relay: hold(relay) };
  };
  let current = await enter();
  const bystanderShell = hold(openShell(await container(bystander)));
  return {
    ...{ daemon, client, bare, host, remote, bystanderShell, container },
    other: join(daemon.stateDirectory, 'repos', 'other.git'),
    main: await git(bare, ['rev-parse', 'main']),
    get shell() {
      return current.shell;
    },
    renew: async () => {
      await Promise.all([current.shell.close(), current.relay.close()]);
      current = await enter();
    },
    peer: (framing) => {
      const peer = openPeer(current.relay.connect(), framing);
      peers.push(peer);
      return peer;
    },
    shared: (...args) => git(bare, args),
    valueOf: async (ref) => (await git(bare, ['for-each-ref', '--format=%(objectname)', ref])).trim(),
    lastAudit: async () => {
      const { records } = await client.call('audit.tail', { limit: 1 });
      const [record] = records;
      if (record === undefined) throw new Error('the audit log is empty');
      return record;
    },
  };
}

/** The repository is whole in the eyes of git. */
export async function expectWhole(stage: AttackStage): Promise<void> {
  await fsckStrict(stage.bare);
}
