/** Reads one line of the audit log; anything that is not exactly a record is null. */
import { Ajv } from 'ajv';
import { AuditRecordSchema, type AuditRecord } from '../../shared/records';

const isRecord = new Ajv({ strict: false }).compile<AuditRecord>(AuditRecordSchema);

export function parseAuditLine(line: string): AuditRecord | null {
  if (line === '') return null;
  try {
    const value: unknown = JSON.parse(line);
    return isRecord(value) ? value : null;
  } catch {
    return null;
  }
}
