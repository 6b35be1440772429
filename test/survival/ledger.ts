/** What was asked of the daemon and what it acknowledged: what must be there after a crash, and what may be. */
import { zeroOid } from '../../shared/ids';

export interface Move {
  readonly ref: string;
  readonly old: string;
  readonly new: string;
}

export interface Ledger {
  /** Commits on the branches of agents: an acknowledged one has an id. A message is used once. */
  readonly commits: { readonly ref: string; readonly message: string; readonly id: string | null }[];
  /** Acknowledged values of other refs; deleted ones are left out. */
  readonly refs: Map<string, string>;
  /** Transactions nobody acknowledged: all of each, or nothing of it. */
  readonly unsure: (readonly Move[])[];
  /** Acknowledged pushes. */
  readonly pushes: { readonly ref: string; readonly id: string }[];
  /** Commits that an acknowledged fetch brought. */
  readonly fetched: string[];
  /** Repositories besides `r`: there, gone, or nobody knows. */
  readonly repositories: Map<string, 'there' | 'gone' | 'unsure'>;
  readonly agents: Map<string, 'there' | 'gone' | 'unsure'>;
}

export function createLedger(): Ledger {
  return {
    commits: [],
    refs: new Map(),
    unsure: [],
    pushes: [],
    fetched: [],
    repositories: new Map(),
    agents: new Map(),
  };
}

export function acknowledge(ledger: Ledger, moves: readonly Move[]): void {
  for (const move of moves) {
    if (move.new === zeroOid) ledger.refs.delete(move.ref);
    else ledger.refs.set(move.ref, move.new);
  }
}
