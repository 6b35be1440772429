/** Journal, audit log, and the clock they were written by. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { readJournal } from '../journal/read-journal';
import type { Check, Diagnosis } from './patient';

/** What another machine's clock, or a correction of this one, may differ by. */
const clockSlackMs = 300_000;
/** A daemon that can sync has at most two or three. */
const manySegments = 12;

/** `segmentBytes`: of the journal. */
export function checkJournal(segmentBytes: number): Check {
  return {
    name: 'journal',
    look: async ({ layout, isServing }) => {
      const names = await readdir(layout.journal).catch(() => [] as string[]);
      const findings: Diagnosis[] = names
        .filter((name) => name.endsWith('.kept'))
        .map((name) => ({
          id: 'journal-kept',
          severity: 'warning',
          where: join(layout.journal, name),
          what: 'recovery could not do everything in this segment again and kept it',
          advice:
            'the daemon log and the audit log (rule "recovery") tell what; delete the file when you need it no more',
        }));
      // A daemon that serves has read it at its start, and writes to it now.
      const damage = isServing ? null : (await readJournal(layout.journal, segmentBytes)).damage;
      if (damage !== null)
        findings.push({
          id: 'journal-damaged',
          severity: 'error',
          where: join(layout.journal, damage.segment),
          what: `byte ${String(damage.at)}: ${damage.what}; the daemon does not start`,
          advice:
            'restore the file from a copy, or put it aside and lose what only it holds: docs/recovery.md',
        });
      if (names.length > manySegments)
        findings.push({
          id: 'journal-growing',
          severity: 'warning',
          where: layout.journal,
          what: `${String(names.length)} segments: the disk could not be synced for some time`,
          advice:
            'look at the daemon log and the disk, then restart the daemon: it does them again and removes them',
        });
      return findings;
    },
  };
}

export const checkAudit: Check = {
  name: 'audit log',
  look: async ({ audit, layout }) => {
    const { valid, problem, records } = await audit.verify();
    if (valid) return [];
    const where = problem === null ? layout.audit : join(layout.audit, problem.segment);
    const line = problem === null ? '' : `line ${String(problem.line)}: ${problem.what}; `;
    return [
      {
        id: 'audit-broken',
        severity: 'error',
        where,
        what: `${line}${String(records)} records before it are as they were written`,
        advice:
          'compare with a copy and restore the segment; docs/recovery.md tells how to start a new chain',
      },
    ];
  },
};

export const checkClock: Check = {
  name: 'clock',
  look: async ({ audit, now }) => {
    const [newest] = await audit.tail(1, () => true);
    const aheadMs = newest === undefined ? 0 : Date.parse(newest.time) - now().getTime();
    if (newest === undefined || aheadMs < clockSlackMs) return [];
    return [
      {
        id: 'clock-behind',
        severity: 'warning',
        where: 'clock',
        what: `it says ${now().toISOString()}, but record ${String(newest.seq)} of the audit log is from ${newest.time}`,
        advice: 'set the clock (timedatectl); nothing of gitiso depends on it but the times people see',
      },
    ];
  },
};
