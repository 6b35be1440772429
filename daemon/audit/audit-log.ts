/** Interface only for now. */
import type { AuditRecord } from '../../shared/records';

export type AuditEntry = Omit<AuditRecord, 'seq' | 'prev' | 'time'> & { readonly time?: string };

/** The append-only, hash-chained audit log (docs/audit.md). */
export interface AuditLog {
  /** Appends at once, in call order. Durable when the journal record it names is, or after `sync`. */
  readonly append: (entry: AuditEntry) => Promise<AuditRecord>;
  readonly sync: () => Promise<void>;
  readonly head: () => { readonly seq: number; readonly hash: string };
  readonly tail: (limit: number, accept: (record: AuditRecord) => boolean) => Promise<readonly AuditRecord[]>;
  readonly verify: () => Promise<{
    readonly valid: boolean;
    readonly records: number;
    readonly head: string;
    readonly problem: { readonly segment: string; readonly line: number; readonly what: string } | null;
  }>;
}
