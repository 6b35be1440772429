import { Type } from '@sinclair/typebox';
import { defineMethod } from '../contract';

const closed = { additionalProperties: false } as const;

export const daemonStatus = defineMethod({
  name: 'daemon.status',
  summary: 'What the daemon is, how it fares and what it depends on',
  caller: 'admin',
  access: 'read',
  params: Type.Object({}, closed),
  result: Type.Object(
    {
      version: Type.String(),
      pid: Type.Integer(),
      startedAt: Type.String(),
      state: Type.Union([Type.Literal('running'), Type.Literal('draining')]),
      stateDirectory: Type.String(),
      socket: Type.String(),
      repositories: Type.Integer(),
      agents: Type.Record(Type.String(), Type.Integer(), { description: 'Number of agents by status' }),
      runtime: Type.Object(
        {
          available: Type.Boolean(),
          version: Type.Union([Type.String(), Type.Null()]),
          error: Type.Union([Type.String(), Type.Null()]),
        },
        closed,
      ),
      git: Type.Object({ host: Type.String(), libgit2: Type.String() }, closed),
      workers: Type.Object({ running: Type.Integer(), restarts: Type.Integer() }, closed),
      confinement: Type.Object(
        {
          level: Type.Union([Type.Literal('full'), Type.Literal('partial'), Type.Literal('none')]),
          missing: Type.Array(Type.String(), { description: 'What this host has not got or does not allow' }),
        },
        { ...closed, description: 'With how few rights git runs on the host' },
      ),
      connections: Type.Integer(),
      storage: Type.Object(
        {
          agents: Type.Union([Type.Literal('folder'), Type.Literal('image')]),
          problem: Type.Union([Type.String(), Type.Null()], {
            description: 'Why agents can not have file systems of their own; null: they can',
          }),
          freeBytes: Type.Integer(),
          freeInodes: Type.Union([Type.Integer(), Type.Null()]),
          full: Type.Union([Type.String(), Type.Null()], {
            description: 'Why nothing new is accepted; null: there is room',
          }),
        },
        closed,
      ),
      memoryBytes: Type.Union([Type.Integer(), Type.Null()], {
        description:
          'Resident memory of the daemon process; null: it has no file descriptor left to ask with',
      }),
      config: Type.Object(
        {
          file: Type.Union([Type.String(), Type.Null()]),
          error: Type.Union([Type.String(), Type.Null()], { description: 'Why the last reload was refused' }),
        },
        closed,
      ),
      audit: Type.Object({ seq: Type.Integer(), head: Type.String() }, closed),
    },
    closed,
  ),
  errors: [],
});
