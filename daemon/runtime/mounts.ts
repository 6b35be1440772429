/**
 * Pure: from an agent's record and the layout to its container's mounts and environment. Every source is a path of
 * the daemon's own state, or one that `extra-mounts.ts` has checked; nothing an agent can write decides here.
 */
import { join } from 'node:path';
import { containerPaths } from '../../shared/paths';
import type { AgentLayout } from '../layout';
import { defaultPath } from './container-options';
import type { Mount } from './runtime';

/** Home of agents that are not root; root keeps the image's. */
export const agentHome = '/home/agent';

/** Search path entry of the shim; also what `gitiso.sh` puts first again in login shells. */
export const profileScript = `case "$PATH" in
  ${containerPaths.bin}:*) ;;
  *) PATH="${containerPaths.bin}:$PATH"; export PATH ;;
esac
`;

/** What is generated once and mounted read-only; nobody ever replaces it. `etc` is a folder. */
export function generatedFiles(agent: AgentLayout) {
  return { etc: join(agent.mounts, 'etc'), profile: join(agent.mounts, 'gitiso.sh') } as const;
}

export interface MountPlan {
  readonly agent: AgentLayout;
  /** The bare repository. */
  readonly repoGit: string;
  /** What it borrows objects from, for the agent to read; null: nothing. */
  readonly borrowed: string | null;
  /** The host's directory with the built shim. */
  readonly shimDirectory: string;
  readonly uid: number;
  /** Already checked by `checkExtraMounts`. */
  readonly extra: readonly { readonly source: string; readonly target: string }[];
  /** SSH directory of the host, already checked, or null. */
  readonly shareAuth: string | null;
}

/** In an order in which a mount never hides an earlier one: parents before what lies in them. */
export function agentMounts(plan: MountPlan): readonly Mount[] {
  const { agent, repoGit } = plan;
  const files = generatedFiles(agent);
  const writable = (source: string, target: string): Mount => ({ source, target, readOnly: false });
  const readOnly = (source: string, target: string): Mount => ({ source, target, readOnly: true });
  return [
    writable(agent.workspace, containerPaths.workspace),
    // Over the host's own `.git`: what lies below can not be reached from inside.
    writable(agent.gitdir, containerPaths.gitdir),
    readOnly(repoGit, containerPaths.shared),
    ...(plan.borrowed === null ? [] : [readOnly(plan.borrowed, containerPaths.borrowed)]),
    readOnly(agent.run, containerPaths.run),
    readOnly(plan.shimDirectory, containerPaths.bin),
    readOnly(files.etc, containerPaths.etc),
    readOnly(files.profile, containerPaths.profile),
    ...(plan.uid === 0 ? [] : [writable(agent.home, agentHome)]),
    ...(plan.shareAuth === null ? [] : [readOnly(plan.shareAuth, sshDirectory(plan.uid))]),
    ...plan.extra.map(({ source, target }) => readOnly(source, target)),
  ];
}

export function sshDirectory(uid: number): string {
  return join(uid === 0 ? '/root' : agentHome, '.ssh');
}

/** What the container's first process must find, by trying: container path to access. */
export const expectedAccess: Readonly<Record<string, 'rw' | 'ro'>> = {
  [containerPaths.workspace]: 'rw',
  [containerPaths.gitdir]: 'rw',
  [containerPaths.shared]: 'ro',
  [containerPaths.run]: 'ro',
  [containerPaths.bin]: 'ro',
  [containerPaths.etc]: 'ro',
};

/** The container's environment: the operator's, with the shim found first. No GIT_ variable is ever added. */
export function agentEnvironment(
  given: Readonly<Record<string, string>>,
  imagePath: string | null,
  uid: number,
): Readonly<Record<string, string>> {
  return {
    ...(uid === 0 ? {} : { HOME: agentHome }),
    ...given,
    PATH: `${containerPaths.bin}:${given['PATH'] ?? imagePath ?? defaultPath}`,
  };
}
