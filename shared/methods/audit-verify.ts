import { Type } from '@sinclair/typebox';
import { defineMethod } from '../contract';

export const auditVerify = defineMethod({
  name: 'audit.verify',
  summary: 'Recompute the hash chain of the whole audit log',
  caller: 'admin',
  access: 'read',
  params: Type.Object({}, { additionalProperties: false }),
  result: Type.Object(
    {
      valid: Type.Boolean(),
      records: Type.Integer(),
      head: Type.String(),
      problem: Type.Union([
        Type.Object(
          { segment: Type.String(), line: Type.Integer(), what: Type.String() },
          { additionalProperties: false },
        ),
        Type.Null(),
      ]),
    },
    { additionalProperties: false },
  ),
  errors: [],
});
