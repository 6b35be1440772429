/**
 * Names of the daemon's bare repositories, as engine and journal use them: a registered repository, its attic (what
 * removed agents left), the repository of one private agent. Pure.
 */
import type { AgentId, RepoId } from '../shared/ids';

declare const brand: unique symbol;

/** The id of a registered repository, or one of the names made here. */
export type StoreName = RepoId | (string & { readonly [brand]: 'StoreName' });

/** What agents' records hold. */
export const agentStorePattern = '^[a-z0-9][a-z0-9-]{0,62}(/[a-z0-9][a-z0-9-]{0,62}\\.[0-9a-f]{16})?$';

export function atticOf(repo: RepoId): StoreName {
  return `${repo}/attic` as StoreName;
}

/** One per creation: what the journal says of a removed agent must never be done in its successor's. */
export function privateStoreOf(
  repo: RepoId,
  agent: { readonly id: AgentId; readonly generation: string },
): StoreName {
  return `${repo}/${agent.id}.${agent.generation}` as StoreName;
}

export function repoOf(store: StoreName): RepoId {
  return (store.split('/', 1)[0] ?? '') as RepoId;
}

/** Whether an agent has a repository of its own, which no other agent sees. */
export function isPrivate(agent: { readonly repo: RepoId; readonly store: StoreName }): boolean {
  return agent.store !== agent.repo;
}

/** For events: which of a repository's stores something happened in; nothing for the repository itself. */
export function storeFact(store: StoreName): { readonly store?: string } {
  return store === repoOf(store) ? {} : { store };
}

const agentStoreRegExp = new RegExp(agentStorePattern);

export function isStoreName(text: string): text is StoreName & string {
  return agentStoreRegExp.test(text);
}
