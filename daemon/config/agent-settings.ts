/** What agents may use at most: their files on the host, their containers. */
import { Type } from '@sinclair/typebox';
import { choice, closed, diskBytes, mebibyte, orNone } from './setting-types';

export const AgentsSchema = Type.Object(
  {
    storage: choice(
      ['folder', 'image'],
      "Where an agent's files lie: in the state directory's file system, or in a bounded one of its own",
    ),
  },
  closed,
);

export const StorageSchema = Type.Object(
  {
    bytesPerAgent: diskBytes(4096 * mebibyte, 'Size of the file system of a new agent', 32 * mebibyte),
    inodesPerAgent: Type.Integer({
      minimum: 1024,
      maximum: 4000000000,
      default: 1000000,
      description: 'Files and folders in the file system of a new agent',
    }),
    overcommit: Type.Boolean({
      default: false,
      description: "Make agents also when their file systems, once full, would not fit the host's disk",
    }),
    minFreeBytes: diskBytes(
      1024 * mebibyte,
      "Below so much free space in the state directory's file system nothing new is accepted",
    ),
    minFreeInodes: Type.Integer({
      minimum: 0,
      maximum: 4000000000,
      default: 50000,
      description: 'The same for inodes, where the file system counts them',
    }),
  },
  closed,
);

/** For agents that are created without limits of their own. */
export const DefaultLimitsSchema = Type.Object(
  {
    memoryBytes: orNone(
      Type.Integer({ minimum: 16 * mebibyte }),
      4096 * mebibyte,
      "An agent's memory, without swap; bytes",
    ),
    cpus: orNone(
      Type.Number({ exclusiveMinimum: 0, maximum: 1024 }),
      2,
      'CPU cores; never more than the host has',
    ),
    pids: orNone(Type.Integer({ minimum: 16, maximum: 4194304 }), 2048, 'Processes and threads'),
    openFiles: orNone(Type.Integer({ minimum: 64, maximum: 1048576 }), 16384, 'Open files of one process'),
    sharedMemoryBytes: orNone(Type.Integer({ minimum: mebibyte }), 64 * mebibyte, '/dev/shm; bytes'),
    layerBytes: orNone(
      Type.Integer({ minimum: 16 * mebibyte }),
      null,
      "What the container writes outside of its mounts (/tmp), where the engine's storage driver can; bytes",
    ),
    logBytes: Type.Integer({
      minimum: 64 * 1024,
      maximum: 1024 * mebibyte,
      default: 20 * mebibyte,
      description: "The container's log; bytes",
    }),
  },
  closed,
);
