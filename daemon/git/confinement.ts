/**
 * With how few rights git runs here, workers and host git alike: decided once at start by trying, told in the log and
 * by daemon.status. The work is done by bubblewrap, prlimit and setpriv; this only knows how to ask them.
 */
import { execFile } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { access, lstat, readlink, realpath } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GitisoError } from '../../shared/errors';
import { bubblewrapArguments, type Bubblewrap, type Sandbox } from './bubblewrap';
import { lacks, type Lack } from './confinement-lacks';
import { seccompFilter } from './seccomp-filter';

export type ConfinementMode = 'auto' | 'require' | 'off';

export interface ConfinementReport {
  /** `full`: all of it; `partial`: some; `none`: git has all rights of the daemon. */
  readonly level: 'full' | 'partial' | 'none';
  readonly missing: readonly Lack[];
}

export interface ResourceLimits {
  /** Of address space; null: as much as there is. Not for programs that reserve more than they use. */
  readonly addressBytes: number | null;
  /** Of heap and private mappings. */
  readonly dataBytes: number | null;
  readonly openFiles: number;
}

export interface Confinement {
  readonly report: ConfinementReport;
  /**
   * What to put before a command. `filterFd` and `infoFd` are the numbers that descriptors will have in the child:
   * of the filter that `openFilter` gives, and of a pipe on which bubblewrap tells the process id (JSON, `child-pid`).
   */
  readonly wrap: (
    sandbox: Sandbox,
    limits: ResourceLimits | null,
    fds: { readonly filterFd: number | null; readonly infoFd: number | null },
  ) => Wrapping;
  /** The system-call filter, from its beginning; the caller closes it. null: there is none. */
  readonly openFilter: () => number | null;
  readonly close: () => void;
}

export interface Wrapping {
  /** Empty: the command runs as it is. */
  readonly before: readonly string[];
  /** Whether bubblewrap stands between, which then tells the process id and ends with everything in it. */
  readonly isBoxed: boolean;
}

export interface ConfinementOptions {
  readonly mode: ConfinementMode;
  /** The daemon's user. */
  readonly uid: number;
  readonly arch: string;
  /** What runs confined and may lie outside /usr; files or folders. */
  readonly programs: Bubblewrap['programs'];
  /** Where the tools are looked for; default: the system's folders. */
  readonly toolFolders?: readonly string[];
}

/** Nothing is confined. */
export const unconfined: Confinement = {
  report: {
    level: 'none',
    missing: [{ what: 'it is switched off (git.confinement)', advice: 'set git.confinement to "auto"' }],
  },
  wrap: () => ({ before: [], isBoxed: false }),
  openFilter: () => null,
  close: () => undefined,
};

const systemFolders = ['/usr/bin', '/bin', '/usr/sbin', '/sbin'] as const;

/** Throws 'config-invalid' when everything is required and something is missing. */
export async function createConfinement(options: ConfinementOptions): Promise<Confinement> {
  if (options.mode === 'off') return unconfined;
  const folders = options.toolFolders ?? systemFolders;
  const [bwrap, prlimit, setpriv] = await Promise.all([
    findTool('bwrap', folders),
    findTool('prlimit', folders),
    findTool('setpriv', folders),
  ]);
  const { box, boxesOthers, reason } = await findBox(bwrap, options);
  const filter = seccompFilter(options.arch);
  const missing: readonly Lack[] = [
    ...(bwrap === null ? [lacks.bubblewrap] : []),
    ...(reason === null ? [] : [lacks.namespaces(reason)]),
    ...(filter === null ? [lacks.filter(options.arch)] : []),
    ...(prlimit === null ? [lacks.prlimit] : []),
    ...(box !== null && !boxesOthers ? [lacks.userNamespaces] : []),
  ];
  if (options.mode === 'require' && missing.length > 0) {
    const all = missing.map(({ what }) => what).join('; ');
    throw new GitisoError('config-invalid', `git can not be confined: ${all}`, {
      hint: `${missing.map(({ advice }) => advice).join('; ')}; or set git.confinement to "auto"`,
    });
  }
  const stored = filter === null || box === null ? null : storeFilter(filter);
  const isAnything = box !== null || prlimit !== null || setpriv !== null;
  return {
    report: { level: missing.length === 0 ? 'full' : isAnything ? 'partial' : 'none', missing },
    wrap: (sandbox, limits, fds) => {
      const bounded = prlimit === null || limits === null ? [] : limitArguments(prlimit, limits);
      if (box === null || (sandbox.isOtherUser && !boxesOthers))
        return {
          before: [...fewerRights(setpriv, options.uid, sandbox), ...bounded],
          isBoxed: false,
        };
      const filtered = fds.filterFd === null ? [] : ['--seccomp', String(fds.filterFd)];
      const told = fds.infoFd === null ? [] : ['--info-fd', String(fds.infoFd)];
      return {
        before: [
          ...bubblewrapArguments(box, sandbox, fds.filterFd !== null),
          ...filtered,
          ...told,
          '--',
          ...bounded,
        ],
        isBoxed: true,
      };
    },
    openFilter: () => (stored === null ? null : openSync(`/proc/self/fd/${String(stored)}`, 'r')),
    close: () => {
      if (stored !== null) closeSync(stored);
    },
  };
}

/** Sandboxes that the probes try: the one of a worker, and that of git as somebody else. */
const plainBox: Sandbox = {
  runs: 'git',
  view: 'chosen',
  readable: [],
  writable: [],
  hidden: { folders: [], files: [] },
  hasNetwork: false,
  capabilities: [],
  isOtherUser: false,
};
const otherUser: Sandbox = { ...plainBox, isOtherUser: true };

interface FoundBox {
  readonly box: Bubblewrap | null;
  /** Whether it also works for git that runs as another user than the daemon. */
  readonly boxesOthers: boolean;
  /** Why the host refuses it. */
  readonly reason: string | null;
}

async function findBox(path: string | null, options: ConfinementOptions): Promise<FoundBox> {
  if (path === null) return { box: null, boxesOthers: false, reason: null };
  const { uid, programs } = options;
  const [systemLinks, git, worker] = await Promise.all([
    readSystemLinks(),
    outsideUsr(programs.git),
    outsideUsr(programs.worker),
  ]);
  const common = { path, systemLinks, programs: { git, worker }, canMountProc: true };
  let reason = '';
  for (const needsUserNamespace of uid === 0 ? [false, true] : [true]) {
    const box = { ...common, needsUserNamespace };
    // At the same time: the daemon's start waits for them.
    const [refusal, withProc, asOther] = await Promise.all([
      attempt(box, plainBox),
      // Only the whole view has a /proc.
      attempt(box, { ...plainBox, view: 'all' }),
      uid === 0 ? attempt(box, otherUser, 65534) : null,
    ]);
    reason = refusal ?? '';
    if (refusal !== null) continue;
    return { box: { ...box, canMountProc: withProc === null }, boxesOthers: asOther === null, reason: null };
  }
  return { box: null, boxesOthers: false, reason };
}

/** null: it works; else bubblewrap's words. */
function attempt(box: Bubblewrap, sandbox: Sandbox, uid?: number): Promise<string | null> {
  const args = [...bubblewrapArguments(box, sandbox, false).slice(1), '--', '/usr/bin/true'];
  const as = uid === undefined ? {} : { uid, gid: uid };
  return new Promise((resolve) => {
    execFile(box.path, args, { env: {}, cwd: '/', timeout: 10_000, ...as }, (error, _stdout, stderr) => {
      resolve(error === null ? null : stderr.trim().split('\n', 1)[0]?.slice(0, 200) || error.message);
    });
  });
}

async function findTool(name: string, folders: readonly string[]): Promise<string | null> {
  for (const folder of folders) {
    const path = join(folder, name);
    if (await exists(path)) return path;
  }
  return null;
}

async function readSystemLinks(): Promise<Bubblewrap['systemLinks']> {
  const found = await Promise.all(
    ['/bin', '/sbin', '/lib', '/lib32', '/lib64', '/libx32'].map(async (path) => {
      const entry = await lstat(path).catch(() => null);
      if (entry === null) return [];
      return [{ path, target: entry.isSymbolicLink() ? await readlink(path) : null }];
    }),
  );
  return found.flat();
}

/** Links are followed: what they lead to has to be there as well. */
async function outsideUsr(paths: readonly string[]): Promise<readonly string[]> {
  const all = await Promise.all(paths.map(async (path) => [path, await realpath(path).catch(() => path)]));
  return [...new Set(all.flat())].filter((path) => !path.startsWith('/usr/'));
}

function limitArguments(prlimit: string, { addressBytes, dataBytes, openFiles }: ResourceLimits): string[] {
  return [
    ...[prlimit, '--core=0', `--nofile=${openFiles}`],
    ...(addressBytes === null ? [] : [`--as=${addressBytes}`]),
    ...(dataBytes === null ? [] : [`--data=${dataBytes}`]),
    '--',
  ];
}

/** Without bubblewrap: at least nothing of what root may do beyond its own files, where the daemon is root. */
function fewerRights(setpriv: string | null, uid: number, sandbox: Sandbox): string[] {
  if (setpriv === null || sandbox.hasNetwork) return [];
  if (uid !== 0 || sandbox.isOtherUser) return [setpriv, '--no-new-privs', '--'];
  const kept = sandbox.capabilities.map((name) => `,+${name.replace('CAP_', '').toLowerCase()}`);
  return [setpriv, '--no-new-privs', '--inh-caps=-all', `--bounding-set=-all${kept.join('')}`, '--'];
}

/** In a file without a name: each child opens it anew, so that it is read from its beginning. */
function storeFilter(filter: Buffer): number {
  const folder = mkdtempSync(join(tmpdir(), 'gitiso-filter-'));
  try {
    const file = openSync(join(folder, 'filter'), 'w+', 0o600);
    writeSync(file, filter);
    return file;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
