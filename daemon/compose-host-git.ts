/** Git on this host and how it is confined: what it may see is known here, the rest is found out by trying. */
import { workerScript } from './compose-storage';
import type { ConfigSource } from './config/config-source';
import { installationOf } from './git/bubblewrap';
import { createConfinement, type Confinement } from './git/confinement';
import type { Hidden } from './git/git-sandbox';
import { workerPrograms } from './git/worker-process';
import { versionFindings } from './git/git-versions';
import { stateVariable } from './git/end-orphans';
import { findGit } from './git/find-git';
import { createHostGit, type HostGit } from './git/host-git';
import { readLibgit2Version } from './git/libgit2-version';
import type { Layout } from './layout';
import type { Logger } from './log';
import type { ReleaseStack } from './release-stack';
import type { ProcessFacts, Versions } from './services';

interface HostGitParts {
  readonly config: ConfigSource;
  readonly buildDirectory: string;
  readonly process: ProcessFacts;
  readonly log: Logger;
}

/** Throws 'config-invalid' when git.confinement is "require" and something is missing, 'storage-failed' without git. */
export async function composeHostGit(
  parts: HostGitParts,
  layout: Layout,
  releases: ReleaseStack,
): Promise<{ readonly hostGit: HostGit; readonly confinement: Confinement }> {
  const { environment, uid } = parts.process;
  const { git, docker } = parts.config.current();
  const path = await findGit(git.path, environment['PATH'] ?? '');
  const confinement = await composeConfinement(parts, path, releases);
  const hidden = hiddenFromGit(layout, docker.socket);
  const { allowedProtocols } = git;
  const mark = { [stateVariable]: layout.state };
  const settings = { path, environment, log: parts.log, mark, allowedProtocols, confinement, hidden, uid };
  return { hostGit: await createHostGit(settings), confinement };
}

async function composeConfinement(
  parts: HostGitParts,
  gitPath: string,
  releases: ReleaseStack,
): Promise<Confinement> {
  const { execPath, arch, uid } = parts.process;
  const confinement = await createConfinement({
    mode: parts.config.current().git.confinement,
    uid,
    arch,
    programs: {
      git: [installationOf(gitPath)],
      worker: [installationOf(execPath), ...workerPrograms(workerScript(parts.buildDirectory))],
    },
  });
  releases.add('confinement of git', () => {
    confinement.close();
    return undefined;
  });
  const { level, missing } = confinement.report;
  if (level === 'full') parts.log.info('git is confined', { confinement: level });
  else
    parts.log.warn('git is not fully confined', {
      confinement: level,
      missing: missing.map(({ what }) => what),
    });
  return confinement;
}

/** Sockets through which a process of the daemon's user could get all rights on this host. */
const powerfulSockets = [
  ...['/run/docker.sock', '/run/podman/podman.sock', '/run/containerd/containerd.sock'],
  ...['/run/systemd/private', '/run/dbus/system_bus_socket'],
];

/** Agents, repositories, audit log, journal and the admin socket; what a call needs of it is shown again. */
function hiddenFromGit(layout: Layout, dockerSocket: string): Hidden {
  return { folders: [layout.state, layout.run], files: [dockerSocket, ...powerfulSockets] };
}

/** What gitiso stands on; versions with known flaws are told in the log. */
export async function knownVersions(
  parts: { readonly version: string; readonly log: Logger },
  { version: git }: HostGit,
): Promise<Versions> {
  const versions = { gitiso: parts.version, git, libgit2: await readLibgit2Version() };
  for (const finding of versionFindings(versions))
    parts.log.warn('a version with known flaws', { ...finding });
  return versions;
}
