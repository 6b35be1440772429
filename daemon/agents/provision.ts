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

/** `agent.root` must exist and be empty but for the record. The files are durable when it resolves. */
export async function provision(plan: ProvisionPlan): Promise<void> {
  await withDirectory(plan.agent.root, async (root) => {
    await makeFolders(root, plan);
    await Promise.all([
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
  });
}

/** The file that makes host git work in the workspace; in the container another one is mounted over it. */
export function hostDotGit(agent: AgentLayout): string {
  return `gitdir: ${agent.hostGitdir}\n`;
}

type Item = (directory: FileHandle) => Promise<void>;

function file(name: string, content: string, owner: Owner | null, mode = 0o644): Item {
  return (directory) => makeFile(directory, name, content, mode, owner);
}

function link(name: string, target: string): Item {
  return (directory) => makeLink(directory, name, target);
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

async function fill(path: string, items: readonly Item[]): Promise<void> {
  await withDirectory(path, async (directory) => {
    // All settled before the folder is closed, also when one fails.
    const results = await Promise.allSettled(items.map((item) => item(directory)));
    for (const result of results) if (result.status === 'rejected') throw result.reason;
    await directory.sync();
  });
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
  await root.sync();
}
