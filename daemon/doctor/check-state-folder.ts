/** The state directory itself: its file system, the room in it, and who may read and write. */
import { chmod, lchown, lstat, readdir, readFile, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import type { Check, Diagnosis, Patient } from './patient';

const mebibyte = 1024 * 1024;
/** Below this a commit may fail at any time. */
const fullBytes = 32 * mebibyte;
const lowBytes = 256 * mebibyte;
const lowShare = 0.03;

/** Magic numbers of statfs(2) for file systems without the durability or the links that gitiso relies on. */
const doubtfulSystems: ReadonlyMap<number, string> = new Map([
  [0x0102_1994, 'tmpfs: everything is gone after a restart of the machine'],
  [0x794c_7630, 'overlay: what is written there may not last as long as the host'],
  [0x6969, 'NFS: renames and locks are not what gitiso relies on'],
  [0xff53_4d42, 'CIFS: it has no hard links and no permissions of its own'],
  [0x0102_1997, '9p: renames and syncs are not what gitiso relies on'],
  [0x6573_5546, 'FUSE: whether a sync is durable depends on the program behind it'],
]);

/** Mount options, two of them what newer kernels show after an error. */
const unwritable = ['ro', 'emergency_ro', 'shutdown'];

export const checkStateFolder: Check = {
  name: 'state directory',
  look: async (patient) => {
    const { state } = patient.layout;
    const room = await statfs(state);
    const findings: Diagnosis[] = [];
    const found = (more: Omit<Diagnosis, 'where'>) => findings.push({ where: state, ...more });
    const options = await mountOptions(state);
    if (unwritable.some((option) => options.includes(option)))
      found({
        id: 'read-only',
        severity: 'error',
        what: 'the file system is read-only, or was given up after an error: nothing can be accepted',
        advice: 'see the kernel log for errors of the disk; check it (fsck) and mount it read-write again',
      });
    const doubt = doubtfulSystems.get(room.type);
    if (doubt !== undefined)
      found({
        id: 'file-system',
        severity: 'warning',
        what: doubt,
        advice: 'move the state directory to a local file system (ext4, XFS or Btrfs)',
      });
    const free = room.bavail * room.bsize;
    const isFull = free < fullBytes || (room.files > 0 && room.ffree < 1000);
    if (isFull || free < lowBytes || room.bavail < room.blocks * lowShare)
      found({
        id: isFull ? 'disk-full' : 'disk-low',
        severity: isFull ? 'error' : 'warning',
        what: `${String(Math.floor(free / mebibyte))} MiB and ${String(room.ffree)} inodes are free`,
        advice:
          'make room, or move the state directory; commits are refused while there is none, nothing is lost',
      });
    return [...findings, ...(await permissions(patient))];
  },
};

/** Of the mount that holds the path. */
async function mountOptions(path: string): Promise<readonly string[]> {
  const mounts = (await readFile('/proc/self/mountinfo', 'utf8')).split('\n').flatMap((line) => {
    const [before = '', after = ''] = line.split(' - ');
    const fields = before.split(' ');
    const [point, own] = [fields[4], fields[5]];
    if (point === undefined || own === undefined) return [];
    const super_ = after.split(' ')[2] ?? '';
    return [{ point: unescapeMount(point), options: [...own.split(','), ...super_.split(',')] }];
  });
  const holding = mounts.filter(
    ({ point }) => point === '/' || path === point || path.startsWith(`${point}/`),
  );
  const longest = holding.reduce((best, one) => (one.point.length >= best.point.length ? one : best), {
    point: '',
    options: [] as string[],
  });
  return longest.options;
}

function unescapeMount(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_whole, octal: string) => String.fromCharCode(parseInt(octal, 8)));
}

async function permissions(patient: Patient): Promise<readonly Diagnosis[]> {
  const { layout, uid } = patient;
  const { uid: owner, gid: group } = await ownerOf(patient);
  const closed = [layout.audit, layout.journal, layout.staging, layout.removedAgents, layout.trash];
  const records = (await listOrNone(layout.repos))
    .filter((name) => /\.json(\.copy)?$/.test(name))
    .map((name) => join(layout.repos, name));
  const agentRecords = (await listOrNone(layout.agents)).map((name) =>
    join(layout.agents, name, 'agent.json'),
  );
  const rules: readonly (readonly [string, number, number])[] = [
    ...[layout.state, layout.repos, layout.agents].map((path) => [path, 0o022, 0o711] as const),
    ...closed.map((path) => [path, 0o077, 0o700] as const),
    ...[...records, ...agentRecords].map((path) => [path, 0o077, 0o600] as const),
  ];
  const findings: Diagnosis[] = [];
  for (const [path, forbidden, mode] of rules) {
    const found = await lstat(path).catch(() => null);
    if (found === null) continue;
    if (found.uid !== owner)
      findings.push({
        id: 'owner',
        severity: 'error',
        where: path,
        what: `it belongs to the user ${String(found.uid)}, the daemon is ${String(owner)}`,
        advice: `chown ${String(owner)} ${path}, as root; then look who could have changed or read it`,
        ...(uid === 0
          ? {
              mend: async () => {
                await lchown(path, owner, group);
                return `it belongs to ${String(owner)} now`;
              },
            }
          : {}),
      });
    if ((found.mode & forbidden) !== 0)
      findings.push({
        id: 'permissions',
        severity: 'error',
        where: path,
        what: `others have access (mode ${(found.mode & 0o7777).toString(8)})`,
        advice: `chmod ${mode.toString(8)} ${path}; then look who could have changed or read it`,
        mend: async () => {
          await chmod(path, mode);
          return `its mode is ${mode.toString(8)} now`;
        },
      });
  }
  return findings;
}

/** Whom everything has to belong to. Root may look at the state of a daemon that runs as somebody else, and is stopped. */
async function ownerOf({
  layout,
  uid,
  isServing,
}: Patient): Promise<{ readonly uid: number; readonly gid: number }> {
  const state = await lstat(layout.state);
  return isServing || uid !== 0 ? { uid, gid: state.gid } : state;
}

async function listOrNone(path: string): Promise<readonly string[]> {
  return readdir(path).catch(() => []);
}
