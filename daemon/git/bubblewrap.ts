/**
 * The command line of bubblewrap: what a confined process sees of this machine and may do. Pure: it is given what the
 * host is like and touches nothing.
 */
import { dirname } from 'node:path';

/** A bubblewrap that can be used here. */
export interface Bubblewrap {
  /** Absolute path of `bwrap`. */
  readonly path: string;
  /** Whether it needs a user namespace: the daemon may not make namespaces itself. */
  readonly needsUserNamespace: boolean;
  /** Whether it may mount a /proc of its own; not where parts of the host's are covered. */
  readonly canMountProc: boolean;
  /** `/bin`, `/lib` …: links into /usr as they are here, or folders of their own. */
  readonly systemLinks: readonly { readonly path: string; readonly target: string | null }[];
  /** Programs and libraries that lie elsewhere: a git of one's own; Node, the built daemon and its modules. */
  readonly programs: Readonly<Record<Sandbox['runs'], readonly string[]>>;
}

export interface Sandbox {
  readonly runs: 'git' | 'worker';
  /** `chosen`: system programs and what is named below. `all`: the whole file system, read-only, but for what is hidden. */
  readonly view: 'chosen' | 'all';
  readonly readable: readonly string[];
  readonly writable: readonly string[];
  /** Folders that look empty, and files and sockets that look like /dev/null. Only for the view `all`. */
  readonly hidden: { readonly folders: readonly string[]; readonly files: readonly string[] };
  readonly hasNetwork: boolean;
  /** Capabilities of a root daemon that stay; a user's daemon has none. */
  readonly capabilities: readonly string[];
  /** Whether it runs as another user than the daemon. */
  readonly isOtherUser: boolean;
}

/** Nothing in these tells of users, keys or services. */
const readableEtc = ['ld.so.cache', 'alternatives', 'passwd', 'group', 'localtime'].map(
  (name) => `/etc/${name}`,
);

/**
 * Everything before the command itself and its `--`. Paths that are not there are left out by bubblewrap. `isFiltered`: the
 * system-call filter is put on as well.
 */
export function bubblewrapArguments(host: Bubblewrap, sandbox: Sandbox, isFiltered: boolean): string[] {
  return [
    host.path,
    ...(sandbox.view === 'all' ? wholeView(host, sandbox) : chosenView(host, sandbox)),
    ...['--unshare-pid', '--die-with-parent'],
    ...namespaces(sandbox, isFiltered),
    ...rights(host, sandbox),
  ];
}

/**
 * A short git does not wait for the kernel to make and remove namespaces of what the filter refuses altogether, which take
 * as long as git itself. A worker lives long and has both.
 */
function namespaces({ runs, hasNetwork }: Sandbox, isFiltered: boolean): string[] {
  if (isFiltered && runs === 'git') return [];
  return [
    ...['--unshare-ipc', '--unshare-uts', '--unshare-cgroup-try'],
    ...(hasNetwork ? [] : ['--unshare-net']),
  ];
}

/** Without /proc: git and Node do without, and what is mounted over parts of it may forbid another one. */
function chosenView(host: Bubblewrap, sandbox: Sandbox): string[] {
  const system = host.systemLinks.flatMap(({ path, target }) =>
    target === null ? ['--ro-bind', path, path] : ['--symlink', target, path],
  );
  return [
    ...['--ro-bind', '/usr', '/usr', ...system],
    ...['--dev', '/dev', '--perms', '1777', '--tmpfs', '/tmp'],
    ...places({
      ...sandbox,
      readable: [...readableEtc, ...host.programs[sandbox.runs], ...sandbox.readable],
    }),
  ];
}

function wholeView(host: Bubblewrap, sandbox: Sandbox): string[] {
  const folders = sandbox.hidden.folders.flatMap((path) => ['--perms', '0700', '--tmpfs', path]);
  const files = sandbox.hidden.files.flatMap((path) => ['--ro-bind', '/dev/null', path]);
  const isOpen = sandbox.writable.includes('/');
  const rest = { ...sandbox, writable: sandbox.writable.filter((path) => path !== '/') };
  // Agents' sockets and shared connections of ssh lie in /tmp.
  const system = [
    '--bind',
    '/tmp',
    '/tmp',
    '--dev',
    '/dev',
    host.canMountProc ? '--proc' : '--tmpfs',
    '/proc',
  ];
  return [isOpen ? '--bind' : '--ro-bind', '/', '/', ...system, ...folders, ...files, ...places(rest)];
}

/** A folder before what is in it, so that the inner one counts. */
function places({ readable, writable }: Pick<Sandbox, 'readable' | 'writable'>): string[] {
  const all = [
    ...readable.map((path) => ({ option: '--ro-bind-try', path })),
    ...writable.map((path) => ({ option: '--bind-try', path })),
  ];
  return all
    .sort((a, b) => a.path.split('/').length - b.path.split('/').length)
    .flatMap(({ option, path }) => [option, path, path]);
}

function rights(host: Bubblewrap, sandbox: Sandbox): string[] {
  if (sandbox.isOtherUser) return [];
  // There they would be of no use: they hold for files of the daemon's own user only.
  if (host.needsUserNamespace) return ['--unshare-user', '--cap-drop', 'ALL'];
  return ['--cap-drop', 'ALL', ...sandbox.capabilities.flatMap((name) => ['--cap-add', name])];
}

/** The folder of a program with its libraries beside it: `/opt/git` for `/opt/git/bin/git`. */
export function installationOf(program: string): string {
  const folder = dirname(program);
  return folder.endsWith('/bin') && dirname(folder) !== '/' ? dirname(folder) : folder;
}
