/**
 * An agent's clone that borrows from the daemon's repository as a container does, and the daemon's transactions on it:
 * real git on both sides, real workers, journal and registry; only the socket between them is left out.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import {
  closeSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { createAgentRegistry, type AgentRecord } from '../../../../daemon/agents/agent-registry';
import type { Container } from '../../../../daemon/commit/container';
import type { LooseFile } from '../../../../daemon/git/loose-file';
import { createLayout } from '../../../../daemon/layout';
import type { RepoRecord } from '../../../../daemon/repos/repo-registry';
import { propose, takeBack, type TransactionResult } from '../../../../daemon/transaction/propose';
import { readProposal } from '../../../../daemon/transaction/read-proposal';
import { containerPaths } from '../../../../shared/paths';
import { zeroOid, type AgentId, type Oid } from '../../../../shared/ids';
import { openIntake } from '../../../helpers/open-intake';
import { quietLog } from '../../../helpers/repos-fixture';
import { tempDir } from '../../../helpers/temp-dir';
import { recordOf } from '../agents/agent-record';
import { createRefQueue } from '../../../../daemon/git/ref-queue';
import { openEngine, openHostGit, person } from '../git/engine-fixture';

export type Line = readonly [ref: string, target: string, old?: string];

export async function openTransactions(root = makeRoot()) {
  const repoGit = join(root, 'repos', 'r.git');
  const clone = join(root, 'clone');
  const layout = createLayout(root, join(root, 'run'));
  const registry = createAgentRegistry({ layout, log: quietLog, flushMs: 10, records: [], removed: [] });
  for (const id of ['one', 'two']) {
    mkdirSync(layout.agent(id as AgentId).root, { recursive: true });
    await registry.put(recordOf(id, { author: person, committer: person }));
  }
  const upstream = new Map<string, Oid>();
  const opened = await openEngine(root, { changeOwnRefs: registry.changeOwnRefs });
  const parts = {
    agents: registry,
    refs: opened.refs,
    git: await openHostGit(),
    audit: opened.audit,
    events: opened.events,
    staging: layout.staging,
    intake: openIntake,
    newNames: createRefQueue(),
    storeGit: layout.storeGit,
    branchesOfOthers: () => Promise.resolve(new Set<string>()),
    upstreamValues: () => Promise.resolve(upstream),
    rules: () => ({
      pathBytes: 4096,
      pathDepth: 20,
      commitPaths: 1000,
      gitlinks: 'deny' as const,
      author: 'any' as const,
      committer: 'agent' as const,
      blobBytes: 10_000_000,
      commitBytes: 50_000_000,
    }),
    now: () => new Date(),
  };
  const git = (...args: string[]) => execFileSync('git', args, { cwd: clone, encoding: 'utf8' }).trim();

  const container = containerOf(clone);
  let packs = 0;
  const repo = {
    id: 'r',
    directory: repoGit,
    protectedBranches: ['main'],
    cloneDir: null,
  } as unknown as RepoRecord;

  return {
    ...opened,
    takeBack: (updates: Parameters<typeof takeBack>[2]) =>
      takeBack(parts, { agent: registry.require('one'), repo, argv: [] }, updates),
    root,
    repoGit,
    clone,
    git,
    /** What the remote has, by ref. */
    upstream,
    agent: (id = 'one'): AgentRecord => registry.require(id),
    /** A new commit on the agent's work tree, detached: nothing but its quarantine knows it. */
    commit: (name: string, content: string | Buffer = name): Oid => {
      writeFileSync(join(clone, name), content);
      git('add', '-A');
      git('commit', '-q', '-m', name);
      return git('rev-parse', 'HEAD') as Oid;
    },
    propose: (
      lines: readonly Line[],
      argv: readonly string[] = [],
      id = 'one',
      /** Loose objects that come with the proposal; without, a pack is asked for. */
      offered: readonly LooseFile[] = [],
    ): Promise<TransactionResult> => {
      const read = readProposal(
        lines.map(([ref, target, old = zeroOid]) => ({ ref, old, new: target })),
        argv,
      );
      if (read.kind !== 'read') throw new Error(`malformed: ${read.ref}`);
      return propose(parts, {
        ...read,
        argv,
        offered,
        agent: registry.require(id),
        repo,
        container: {
          ...container,
          git: (args, options) => {
            packs += 1;
            return container.git(args, options);
          },
        },
        signal: new AbortController().signal,
      });
    },
    /** How many gits were started in the container. */
    packsAsked: (): number => packs,
    /** All loose objects of the agent's quarantine, as the shim sends them. */
    looseFiles: (): readonly LooseFile[] => looseFiles(join(clone, '.git', 'objects')),
    shared: (...args: string[]) =>
      execFileSync('git', [`--git-dir=${repoGit}`, ...args], { encoding: 'utf8' }).trim(),
  };
}

function looseFiles(objects: string): readonly LooseFile[] {
  return readdirSync(objects)
    .filter((folder) => /^[0-9a-f]{2}$/.test(folder))
    .flatMap((folder) =>
      readdirSync(join(objects, folder)).map((name) => ({
        id: `${folder}${name}` as Oid,
        bytes: readFileSync(join(objects, folder, name)),
      })),
    );
}

function makeRoot(): string {
  const root = tempDir();
  const clone = join(root, 'clone');
  for (const name of ['journal', 'audit', 'repos', 'agents', 'agents-removed', 'staging'])
    mkdirSync(join(root, name));
  const repoGit = join(root, 'repos', 'r.git');
  const git = (...args: string[]) => execFileSync('git', args);
  git('init', '-q', '--bare', '--template=', '-b', 'main', repoGit);
  git('init', '-q', '-b', 'main', clone);
  for (const [key, value] of [
    ['user.name', person.name],
    ['user.email', person.email],
    ['gc.auto', '0'],
  ] as const)
    git('-C', clone, 'config', key, value);
  writeFileSync(join(clone, 'README'), 'hello\n');
  git('-C', clone, 'add', '.');
  git('-C', clone, 'commit', '-q', '-m', 'first');
  git('-C', clone, 'push', '-q', repoGit, 'main', 'main:refs/heads/agent/one', 'main:refs/heads/agent/two');
  // From here on the clone is what a container is: all it had is in the shared repository.
  rmSync(join(clone, '.git', 'objects'), { recursive: true });
  mkdirSync(join(clone, '.git', 'objects', 'info'), { recursive: true });
  mkdirSync(join(clone, '.git', 'objects', 'pack'));
  mkdirSync(join(clone, '.git', 'gitiso'));
  writeFileSync(join(clone, '.git', 'objects', 'info', 'alternates'), `${join(repoGit, 'objects')}\n`);
  git('-C', clone, 'checkout', '-q', '--detach');
  return root;
}

/** The container's primitives, on the clone. Container paths are translated, as the mount would. */
function containerOf(clone: string): Pick<Container, 'git' | 'readPart' | 'files'> & Container {
  const here = (path: string) => path.replace(containerPaths.gitdir, join(clone, '.git'));
  return {
    git: (args, options = {}) => {
      const { status, stdout, stderr } = spawnSync('git', args.map(here), {
        cwd: clone,
        input: options.stdin,
        env: { ...process.env, ...options.env },
        maxBuffer: 1 << 30,
      });
      const limit = options.limitBytes ?? 1 << 24;
      return Promise.resolve({
        exitCode: status ?? 128,
        stdout: stdout.subarray(0, limit),
        stderr,
        isTruncated: stdout.length > limit,
      });
    },
    readPart: (path, offset, limit) => {
      const file = openSync(here(path), 'r');
      const buffer = Buffer.alloc(limit);
      const length = readSync(file, buffer, 0, limit, offset);
      closeSync(file);
      return Promise.resolve(buffer.subarray(0, length));
    },
    files: ({ unlink = [] }) => {
      for (const path of unlink) rmSync(here(path), { force: true });
      return Promise.resolve(null);
    },
    program: () => Promise.reject(new Error('not used')),
    read: () => Promise.reject(new Error('not used')),
  };
}
