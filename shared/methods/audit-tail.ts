import { Type } from '@sinclair/typebox';
import { defineMethod } from '../contract';
import { AuditRecordSchema } from '../records';

export const auditTail = defineMethod({
  name: 'audit.tail',
  summary: 'The newest audit records, oldest first',
  caller: 'admin',
  access: 'read',
  params: Type.Object(
    {
      limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 10000 })),
      agent: Type.Optional(Type.String({ maxLength: 63 })),
    },
    { additionalProperties: false },
  ),
  result: Type.Object({ records: Type.Array(AuditRecordSchema) }, { additionalProperties: false }),
  errors: [],
});
