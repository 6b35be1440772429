/**
 * Fills a new agent's folder before its container exists, by descriptors. It must never run on a folder that a
 * container has already seen: everything it makes must not exist yet.
 */
import type { FileHandle } from 'node:fs/promises';
import { basename, join, relative } from 'node:path';
import type { RefName } from '../../shared/ids';
import { containerPaths } from '../../shared/paths';
import type { AgentLayout } from '../layout';
import { generatedFiles, profileScript } from '../runtime/mounts';
import {
  entryPath,
  makeDirectory,
  makeFile,
  makeLink,
  openDirectory,
  withDirectory,
  type Owner,
} from './directory-handle';

export interface ProvisionPlan {
  readonly agent: AgentLayout;
  /** The bare repository. */
  readonly repoGit: string;
  /** Who the container runs as and who owns the work tree on the host. */
  readonly owner: Owner;
  readonly ref: RefName;
  /** Content of the agent's own git configuration, see `git-config.ts`. */
  readonly config: string;
  /** The URLs that the container reaches through the daemon, one per line. */
  readonly remotes: string;
  /** Whether the repository is a shallow copy. */
  readonly shallow: boolean;
}

export interface Provisioned {
  /** Makes everything durable; to be called once, whatever happens meanwhile. Syncs what was made, opens nothing. */
  readonly sync: () => Promise<void>;
}

/** `agent.root` must exist and be empty but for the record. */
export async function provision(plan: ProvisionPlan): Promise<Provisioned> {
  const made: FileHandle[] = [];
  const fill = (path: string, items: readonly Item[]) => fillFolder(path, items, made);
  const files = generatedFiles(plan.agent);
  try {
    await withDirectory(plan.agent.root, (root) => makeFolders(root, plan));
    const results = await Promise.allSettled([
      fill(plan.agent.gitdir, [
        file('HEAD', `ref: ${plan.ref}\n`, plan.owner),
        file('config', plan.config, plan.owner),
        ...(plan.shallow ? [link('shallow', `${containerPaths.shared}/shallow`)] : []),
      ]),
      fill(join(plan.agent.gitdir, 'objects', 'info'), [
        file('alternates', `${containerPaths.objects}\n`, plan.owner),
      ]),
      fill(plan.agent.hostDotGit, hostFiles(plan)),
      fill(plan.agent.mounts, [file(basename(files.profile), profileScript, null, 0o444)]),
      fill(files.etc, [
        file('remotes', plan.remotes, null, 0o444),
        file('branch', `${plan.ref}\n`, null, 0o444),
      ]),
    ]);
    for (const result of results) if (result.status === 'rejected') throw result.reason;
    made.push(await openDirectory(plan.agent.root));
    return { sync: () => syncAndClose(made) };
  } catch (error) {
    await Promise.all(made.map((handle) => handle.close()));
    throw error;
  }
}

/** What host git needs of a workspace: its branch, the repository, the index that the daemon writes. */
function hostFiles({ agent, repoGit, ref, owner }: HostDotGit): readonly Item[] {
  return [
    file('HEAD', `ref: ${ref}\n`, owner),
    file('commondir', `${repoGit}\n`, owner),
    link('index', join(agent.hostGitdir, 'index')),
  ];
}

export type HostDotGit = Pick<ProvisionPlan, 'agent' | 'repoGit' | 'ref' | 'owner'>;

/** Fills the workspace's own `.git` again, which must be an empty folder that no container has seen. */
export async function refillHostDotGit(plan: HostDotGit): Promise<void> {
  const made: FileHandle[] = [];
  try {
    await fillFolder(plan.agent.hostDotGit, hostFiles(plan), made);
  } finally {
    await syncAndClose(made);
  }
}

async function syncAndClose(handles: readonly FileHandle[]): Promise<void> {
  try {
    await Promise.all(handles.map((handle) => handle.sync()));
  } finally {
    await Promise.allSettled(handles.map((handle) => handle.close()));
  }
}

type Item = (directory: FileHandle) => Promise<FileHandle | null>;

function file(name: string, content: string, owner: Owner | null, mode = 0o644): Item {
  return (directory) => makeFile(directory, name, content, mode, owner);
}

function link(name: string, target: string): Item {
  return async (directory) => {
    await makeLink(directory, name, target);
    return null;
  };
}

/** The folder and the files stay open, to be synced; they are noted in `made` also when an item fails. */
async function fillFolder(path: string, items: readonly Item[], made: FileHandle[]): Promise<void> {
  const directory = await openDirectory(path);
  made.push(directory);
  const results = await Promise.allSettled(items.map((item) => item(directory)));
  for (const result of results) {
    if (result.status === 'fulfilled' && result.value !== null) made.push(result.value);
  }
  for (const result of results) if (result.status === 'rejected') throw result.reason;
}

/** Parents first. */
const gitFolders = [
  ...['hooks', 'info', 'objects', 'objects/info', 'objects/pack'],
  ...['refs', 'refs/heads', 'refs/tags'],
];

async function makeFolders(root: FileHandle, { agent, owner }: ProvisionPlan): Promise<void> {
  const own = 0o700;
  const shown = 0o755;
  const folders: readonly (readonly [string, number, Owner | null])[] = [
    [agent.workspace, shown, owner],
    [agent.gitdir, own, owner],
    ...gitFolders.map((name) => [join(agent.gitdir, name), own, owner] as const),
    [agent.hostDotGit, shown, owner],
    [agent.home, own, owner],
    [agent.mounts, shown, null],
    [generatedFiles(agent).etc, shown, null],
    [agent.run, own, owner],
    [agent.hostGitdir, shown, owner],
  ];
  for (const [path, mode, folderOwner] of folders) {
    const parts = relative(agent.root, path).split('/');
    const name = parts.pop() ?? '';
    const parent = await openBelow(root, parts);
    try {
      await makeDirectory(parent, name, mode, folderOwner);
    } finally {
      if (parent !== root) await parent.close();
    }
  }
}

/** The open folder itself when there is no name; else the caller closes what is returned. */
async function openBelow(root: FileHandle, names: readonly string[]): Promise<FileHandle> {
  let directory = root;
  for (const name of names) {
    const next = await openDirectory(entryPath(directory, name));
    if (directory !== root) await directory.close();
    directory = next;
  }
  return directory;
}
