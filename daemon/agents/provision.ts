/**
 * Fills a new agent's folder before its container exists, by descriptors. It must never run on a folder that a
 * container has already seen: everything it makes must not exist yet.
 */
import type { FileHandle } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import type { RefName } from '../../shared/ids';
import { containerPaths } from '../../shared/paths';
import type { AgentLayout } from '../layout';
import { dotGitContent, generatedFiles, profileScript } from '../runtime/mounts';
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
  try {
    await withDirectory(plan.agent.root, (root) => makeFolders(root, plan));
    const results = await Promise.allSettled([
      fill(plan.agent.workspace, [file('.git', hostDotGit(plan.agent), plan.owner)]),
      fill(plan.agent.gitdir, [
        file('HEAD', `ref: ${plan.ref}\n`, plan.owner),
        file('commondir', `${containerPaths.common}\n`, plan.owner),
        file('gitdir', `${containerPaths.dotGit}\n`, plan.owner),
      ]),
      fill(join(plan.agent.objects, 'info'), [file('alternates', `${containerPaths.objects}\n`, plan.owner)]),
      fill(plan.agent.view, [
        file('config', plan.config, plan.owner),
        link('refs', `${containerPaths.shared}/refs`),
        link('packed-refs', `${containerPaths.shared}/packed-refs`),
        link('objects', containerPaths.quarantine),
        ...(plan.shallow ? [link('shallow', `${containerPaths.shared}/shallow`)] : []),
      ]),
      fill(plan.agent.hostGitdir, [
        file('HEAD', `ref: ${plan.ref}\n`, plan.owner),
        file('commondir', `${plan.repoGit}\n`, plan.owner),
        file('gitdir', `${join(plan.agent.workspace, '.git')}\n`, plan.owner),
      ]),
      fill(plan.agent.mounts, mountedFiles(plan)),
    ]);
    for (const result of results) if (result.status === 'rejected') throw result.reason;
    made.push(await openDirectory(plan.agent.root));
    return { sync: () => syncAndClose(made) };
  } catch (error) {
    await Promise.all(made.map((handle) => handle.close()));
    throw error;
  }
}

async function syncAndClose(handles: readonly FileHandle[]): Promise<void> {
  try {
    await Promise.all(handles.map((handle) => handle.sync()));
  } finally {
    await Promise.allSettled(handles.map((handle) => handle.close()));
  }
}

/** The file that makes host git work in the workspace; in the container another one is mounted over it. */
export function hostDotGit(agent: AgentLayout): string {
  return `gitdir: ${agent.hostGitdir}\n`;
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

function mountedFiles(plan: ProvisionPlan): readonly Item[] {
  const files = generatedFiles(plan.agent);
  const nameOf = (path: string) => relative(plan.agent.mounts, path);
  return [
    // git trusts a `.git` file only when it belongs to the user it runs as.
    file(nameOf(files.dotGit), dotGitContent, plan.owner, 0o444),
    file(nameOf(files.profile), profileScript, null, 0o444),
  ];
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

async function makeFolders(root: FileHandle, { agent, owner }: ProvisionPlan): Promise<void> {
  const own = 0o700;
  const shown = 0o755;
  const folders: readonly (readonly [string, number, Owner | null])[] = [
    [agent.workspace, shown, owner],
    [agent.gitdir, own, owner],
    [agent.objects, own, owner],
    [join(agent.objects, 'info'), own, owner],
    [join(agent.objects, 'pack'), own, owner],
    [agent.view, own, owner],
    [join(agent.view, 'info'), own, owner],
    [join(agent.view, 'hooks'), own, owner],
    [agent.home, own, owner],
    [agent.mounts, shown, null],
    [agent.run, own, owner],
    [agent.hostGitdir, shown, owner],
  ];
  for (const [path, mode, folderOwner] of folders) {
    const parts = relative(agent.root, path).split('/');
    const name = parts.at(-1) ?? '';
    if (parts.length === 1) {
      await makeDirectory(root, name, mode, folderOwner);
      continue;
    }
    const parent = await openDirectory(entryPath(root, dirname(parts.join('/'))));
    try {
      await makeDirectory(parent, name, mode, folderOwner);
    } finally {
      await parent.close();
    }
  }
}
