/**
 * Named instants at which the daemon can be made to die, for the tests of what survives it. A point is a call that does
 * nothing unless the process was started with GITISO_TEST_CRASH_POINTS, the path of a file that names a point and, after a
 * space, at which passage. Then everything ends at once: this process, the daemon, its git workers and host gits.
 */
import { readdirSync, readFileSync, unlinkSync } from 'node:fs';

/** Every point and what has happened when it is passed. docs/recovery.md says what a restart makes of it. */
export const crashPoints = {
  'journal:written': 'a batch of records was written, not synced',
  'journal:synced': 'a batch of records is durable, nobody was told',
  'journal:segment-made': 'the next segment is there and empty',
  'checkpoint:started': 'nothing was made durable yet',
  'checkpoint:durable': 'all is durable, no segment was dropped',
  'checkpoint:dropping': 'an old segment is gone, others are not',
  'audit:line-written': 'lines of the audit log were handed to the kernel',
  'audit:line-synced': 'a line that nothing else tells of is durable',
  'audit:rotating': 'the full segment is durable, the next one is not there',
  'audit:rotated': 'the next segment is there and empty',
  'file:written': 'a small durable file lies beside its name',
  'file:renamed': 'a small durable file has its name, the folder is not synced',

  'move:journaled': 'the record is durable; objects and locks may be under way',
  'move:prepared': 'objects are there and refs are locked; the record may not be durable',
  'move:refused': 'the record is durable and the move was refused: no abort mark yet',
  'move:agreed': 'record, objects and locks are there; no ref has moved',
  'move:swapped': 'the refs have moved, nothing was audited',
  'move:audited': 'the move has its line in the audit log',
  'worker:locked': 'a worker holds the locks of refs',
  'worker:swapping': 'a worker is about to move refs',
  'worker:swapped': 'a worker has moved refs and not said so',

  'commit:allowed': 'the policy allows the commit, nothing was written',
  'commit:large-stored': 'blobs too large for the journal are in the repository',
  'commit:done': 'all is done, nobody was told',

  'stage:received': 'objects lie in the staging folder',
  'stage:placing': 'some objects are in the repository',
  'stage:placed': 'all objects are in the repository, the staging folder is still there',

  'transaction:allowed': 'the policy allows the transaction, nothing was brought',
  'transaction:brought': 'its objects were staged and checked',
  'transaction:between': 'the old name of a renamed branch is gone, the new one not there',
  'transaction:done': 'all is done, nobody was told',

  'push:judged': 'the objects of a push are staged, the rules allow it',
  'push:intended': 'the journal knows what is about to be asked of the remote',
  'push:sent': 'the remote has taken the push',
  'push:placed': 'the objects are in the repository, nobody noted whose the refs are',
  'push:noted': 'it is noted whose the refs are, nothing was audited',
  'push:recorded': 'all is done, nobody was told',

  'mirror:made': 'a new mirror has its name',
  'mirror:fetched': 'the mirror has what the remote has, its packs are not shared',
  'mirror:sharing': 'a pack lies in both repositories',
  'mirror:shared': 'the packs are in the repository alone',

  'repo-add:built': 'the copy is complete under its temporary name',
  'repo-add:recorded': 'the record is there, the repository has not its name',
  'repo-add:placed': 'the repository has its name, nobody knows it',
  'repo-add:known': 'the repository is known, nothing was audited',
  'repo-add:done': 'all is done, nobody was told',
  'repo-fetch:started': 'the refs before it are noted',
  'repo-fetch:moved': 'refs have moved, nothing was audited',
  'repo-fetch:done': 'all is done, nobody was told',
  'repo-remove:renamed': 'the repository has lost its name, its files are there',
  'repo-remove:discarded': 'the repository is gone, its record is not',
  'repo-remove:forgotten': 'the record is gone, nothing was audited',
  'repo-remove:done': 'all is done, nobody was told',

  'agent-create:folder': 'the empty folder is there',
  'agent-create:recorded': 'the record says that it is being created',
  'agent-create:provisioned': 'the folder is filled',
  'agent-create:container': 'the container was made, nothing has started',
  'agent-create:started': 'the container runs and has reported',
  'agent-create:filled': 'the work tree is filled',
  'agent-create:ready': 'the record says that it is ready, nobody was told',
  'agent-remove:collected': 'the work is packed, nothing of it is in the repository',
  'agent-remove:imported': 'the objects of the snapshot are in the repository',
  'agent-remove:kept': 'the ref of the snapshot is there, the record does not know',
  'agent-remove:noted': 'the record knows the snapshot, the agent is as it was',
  'agent-remove:stopped': 'the container is stopped',
  'agent-remove:removed': 'the container is gone and the record says that the agent is',
  'agent-remove:discarded': 'the folder is in the trash',
  'agent-remove:done': 'all is done, nobody was told',
  'agent-restore:made': 'the agent is there again, its removed record as well',

  'publish:objects': "the user's clone has the objects",
  'publish:moved': "the user's clone has the refs, the daemon has not noted it",

  'recover:objects': 'the objects of all records are there again, no ref was moved',
  'recover:moved': 'the refs are where the journal says, nothing was audited',
  'recover:audited': 'the audit log is complete, the journal is not empty',
} as const;

export type CrashPoint = keyof typeof crashPoints;

let die: ((point: CrashPoint) => void) | null = null;
let environment: Readonly<Record<string, string>> = {};

/** Here the process may be made to die. Costs a comparison when it was not started for that. */
export function crashPoint(point: CrashPoint): void {
  if (die !== null) die(point);
}

/** To be called once, by the files that are started as programs. `file` undefined: points stay without effect. */
export function armCrashPoints(file: string | undefined, role: 'daemon' | 'worker', parent: number): void {
  if (file === undefined) return;
  environment = { GITISO_TEST_CRASH_POINTS: file };
  const passed = new Map<string, number>();
  die = (point) => {
    const count = (passed.get(point) ?? 0) + 1;
    passed.set(point, count);
    const [wanted, passage = '1'] = readOrEmpty(file).trim().split(' ');
    if (wanted !== point || count < Number(passage)) return;
    // The next start must not die of it again.
    unlinkSync(file);
    const daemon = role === 'daemon' ? process.pid : parent;
    for (const pid of [...childrenOf(daemon), daemon, process.pid]) endNow(pid);
  };
}

/** What a git worker needs in its environment to have the same points. */
export function crashPointEnvironment(): Readonly<Record<string, string>> {
  return environment;
}

function childrenOf(pid: number): readonly number[] {
  const tasks = `/proc/${String(pid)}/task`;
  return readdirSync(tasks)
    .flatMap((task) => readOrEmpty(`${tasks}/${task}/children`).split(' '))
    .filter((text) => text !== '' && Number(text) !== process.pid)
    .map(Number);
}

function endNow(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
}

function readOrEmpty(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
