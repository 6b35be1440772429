/** Where everything lies in the state directory (design section 3). Pure: makes paths, touches nothing. */
import { join } from 'node:path';
import type { AgentId, RepoId } from '../shared/ids';
import { atticOf, repoOf, type StoreName } from './stores';

export interface Layout {
  readonly state: string;
  readonly run: string;
  readonly adminSocket: string;
  readonly repos: string;
  readonly agents: string;
  /** Records of removed agents, so that they can be restored. */
  readonly removedAgents: string;
  /** Folders on their way out: only `teardown` touches what is below. Never emptied by following a path. */
  readonly trash: string;
  readonly audit: string;
  readonly journal: string;
  /** Daemon-owned scratch space on the same file system; emptied at start. */
  readonly staging: string;
  /** What remotes had when they were last asked, a folder per repository: caches, but for who pushed what. */
  readonly mirrors: string;
  /** What removed agents left, a bare repository per repository, which borrows from it. Never mounted. */
  readonly attic: string;
  /** Repositories of private agents, a folder per repository. */
  readonly privateRepos: string;
  readonly repoGit: (repo: RepoId) => string;
  /** The git directory of any of the daemon's repositories. */
  readonly storeGit: (store: StoreName) => string;
  readonly repoRecord: (repo: RepoId) => string;
  readonly agent: (agent: AgentId) => AgentLayout;
  readonly removedAgent: (agent: AgentId) => string;
}

export interface AgentLayout {
  readonly root: string;
  readonly record: string;
  readonly workspace: string;
  /** The git directory that the container sees at `/workspace/.git`: the agent's, never opened on the host. */
  readonly gitdir: string;
  readonly home: string;
  readonly mounts: string;
  readonly run: string;
  readonly socket: string;
  /** What host git finds in the workspace; the container's git directory is mounted over it. */
  readonly hostDotGit: string;
  /** Where the host keeps its own index of the workspace, outside of it. Never mounted. */
  readonly hostGitdir: string;
  /** The agent's own file system, if it has one: the image, and where it is mounted for the daemon and the engine. */
  readonly image: string;
  readonly volume: string;
}

/**
 * The same with the folders that the agent writes below its own file system. `workspace` is then not the place that
 * is shown to the host's users, but the one that containers get.
 */
export function inVolume(agent: AgentLayout): AgentLayout {
  const { workspace, gitdir, home, hostDotGit } = agentLayout(agent.volume);
  return { ...agent, workspace, gitdir, home, hostDotGit };
}

export function createLayout(state: string, run: string): Layout {
  const repos = join(state, 'repos');
  const agents = join(state, 'agents');
  const removedAgents = join(state, 'agents-removed');
  const attic = join(state, 'attic');
  const privateRepos = join(state, 'private');
  const repoGit = (repo: RepoId) => join(repos, `${repo}.git`);
  return {
    state,
    run,
    adminSocket: join(run, 'gitisod.sock'),
    repos,
    agents,
    removedAgents,
    trash: join(state, 'trash'),
    audit: join(state, 'audit'),
    journal: join(state, 'journal'),
    staging: join(state, 'staging'),
    mirrors: join(state, 'mirrors'),
    attic,
    privateRepos,
    repoGit,
    storeGit: (store) => {
      const repo = repoOf(store);
      if (store === repo) return repoGit(repo);
      return store === atticOf(repo) ? join(attic, `${repo}.git`) : join(privateRepos, `${store}.git`);
    },
    repoRecord: (repo) => join(repos, `${repo}.json`),
    agent: (agent) => agentLayout(join(agents, agent)),
    removedAgent: (agent) => join(removedAgents, `${agent}.json`),
  };
}

function agentLayout(root: string): AgentLayout {
  return {
    root,
    record: join(root, 'agent.json'),
    workspace: join(root, 'workspace'),
    gitdir: join(root, 'gitdir'),
    home: join(root, 'home'),
    mounts: join(root, 'mounts'),
    run: join(root, 'run'),
    socket: join(root, 'run', 'gitiso.sock'),
    hostDotGit: join(root, 'workspace', '.git'),
    hostGitdir: join(root, 'host-gitdir'),
    image: join(root, 'storage.img'),
    volume: join(root, 'storage'),
  };
}
