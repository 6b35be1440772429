import { Type } from '@sinclair/typebox';
import { defineMethod } from '../contract';

export const daemonShutdown = defineMethod({
  name: 'daemon.shutdown',
  summary: 'Drain and stop the daemon; agents keep running',
  caller: 'admin',
  access: 'read',
  params: Type.Object({}, { additionalProperties: false }),
  result: Type.Object({ stopping: Type.Boolean() }, { additionalProperties: false }),
  errors: [],
});
