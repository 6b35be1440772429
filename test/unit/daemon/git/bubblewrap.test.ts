import { bubblewrapArguments, type Bubblewrap, type Sandbox } from '../../../../daemon/git/bubblewrap';

const host: Bubblewrap = {
  path: '/usr/bin/bwrap',
  needsUserNamespace: false,
  canMountProc: true,
  systemLinks: [
    { path: '/bin', target: 'usr/bin' },
    { path: '/lib', target: null },
  ],
  programs: { git: ['/opt/git'], worker: ['/opt/node'] },
};
const sandbox: Sandbox = {
  runs: 'git',
  view: 'chosen',
  readable: ['/s/repos/r.git'],
  writable: ['/s/repos/r.git/objects', '/s'],
  hidden: { folders: ['/s'], files: ['/run/docker.sock'] },
  hasNetwork: false,
  capabilities: ['CAP_DAC_READ_SEARCH'],
  isOtherUser: false,
};
const line = (box: Bubblewrap, one: Sandbox, isFiltered = false) =>
  bubblewrapArguments(box, one, isFiltered).join(' ');

describe("bubblewrap's command line", () => {
  it('shows an outer folder before an inner one, whatever they are for', () => {
    const text = line(host, sandbox);
    const at = (part: string) => text.indexOf(part);
    expect(at('--bind-try /s /s')).toBeGreaterThan(0);
    expect(at('--ro-bind-try /s/repos/r.git ')).toBeGreaterThan(at('--bind-try /s /s'));
    expect(at('--bind-try /s/repos/r.git/objects')).toBeGreaterThan(at('--ro-bind-try /s/repos/r.git '));
    expect(text).toContain('--symlink usr/bin /bin --ro-bind /lib /lib');
    expect(text).toContain('/opt/git');
    expect(text).not.toMatch(/\/opt\/node|--proc|docker\.sock/);
  });

  it('takes the network and all capabilities but those that are named', () => {
    expect(line(host, sandbox)).toMatch(/--unshare-net .*--cap-drop ALL --cap-add CAP_DAC_READ_SEARCH$/);
    expect(line(host, { ...sandbox, hasNetwork: true })).not.toContain('--unshare-net');
    expect(line({ ...host, needsUserNamespace: true }, sandbox)).toMatch(/--unshare-user --cap-drop ALL$/);
    expect(line(host, { ...sandbox, isOtherUser: true })).not.toMatch(/--cap|--unshare-user/);
  });

  it('makes no namespaces of what the filter refuses, but for workers', () => {
    const namespaces = /--unshare-(net|ipc|uts|cgroup)/;
    expect(line(host, sandbox)).toMatch(namespaces);
    expect(line(host, sandbox, true)).not.toMatch(namespaces);
    expect(line(host, sandbox, true)).toContain('--unshare-pid');
    expect(line(host, { ...sandbox, runs: 'worker' }, true)).toMatch(/--unshare-net/);
  });

  it('covers what is hidden before it shows again what is needed of it', () => {
    const text = line(host, { ...sandbox, view: 'all' });
    expect(text).toMatch(/--ro-bind \/ \/ .*--tmpfs \/s .*\/run\/docker\.sock .*--bind-try \/s\/repos/);
    expect(line({ ...host, canMountProc: false }, { ...sandbox, view: 'all' })).toContain('--tmpfs /proc');
    expect(line(host, { ...sandbox, view: 'all', writable: ['/'] })).toContain('--bind / /');
  });
});
