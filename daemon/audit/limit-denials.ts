/**
 * An agent that is refused over and over must not fill the audit log: of its denials the first ones of each period are
 * written, the others are counted, and one line tells the count. What was accepted is never left out.
 */
import type { AuditRecord } from '../../shared/records';
import type { AuditEntry, AuditLog } from './audit-log';

export interface DenialLimit {
  /** Denials of one agent that are written in full per period. */
  readonly perPeriod: () => number;
  readonly periodMs: number;
  readonly onError: (error: unknown) => void;
}

export interface LimitedAudit extends AuditLog {
  /** Writes the counts that are still open; to be called before `close`. */
  readonly settle: () => Promise<void>;
}

/** The rule of the line that stands for denials that were only counted. */
export const countedRule = 'repeated-denials';

interface Period {
  written: number;
  counted: number;
  /** Stands for those that are only counted, until their own line is written. */
  last: AuditRecord;
  repo: string | null;
  readonly timer: NodeJS.Timeout;
}

export function limitDenials(audit: AuditLog, limit: DenialLimit): LimitedAudit {
  const periods = new Map<string, Period>();

  async function end(agent: string): Promise<void> {
    const period = periods.get(agent);
    if (period === undefined) return;
    periods.delete(agent);
    clearTimeout(period.timer);
    if (period.counted === 0) return;
    await audit.append({
      agent,
      repo: period.repo,
      method: 'audit.denials',
      argv: [`${period.counted} more denials`],
      refs: [],
      verdict: 'denied',
      rule: countedRule,
      journal: null,
    });
  }

  async function append(entry: AuditEntry, onWritten?: () => void): Promise<AuditRecord> {
    const { agent } = entry;
    if (entry.verdict !== 'denied' || agent === null || entry.journal !== null)
      return audit.append(entry, onWritten);
    const period = periods.get(agent);
    if (period !== undefined && period.written >= limit.perPeriod()) {
      period.counted += 1;
      period.repo = entry.repo;
      onWritten?.();
      return period.last;
    }
    if (period !== undefined) period.written += 1;
    const record = await audit.append(entry, onWritten);
    const known = periods.get(agent);
    if (known !== undefined) known.last = record;
    else {
      const timer = setTimeout(() => void end(agent).catch(limit.onError), limit.periodMs).unref();
      periods.set(agent, { written: 1, counted: 0, last: record, repo: entry.repo, timer });
    }
    return record;
  }

  return {
    ...audit,
    append,
    settle: async () => {
      for (const agent of [...periods.keys()]) await end(agent).catch(limit.onError);
    },
  };
}
