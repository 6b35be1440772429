/** The defaults that depend on where the daemon runs: FHS paths for root, XDG paths for an ordinary user. */
import { join } from 'node:path';
import { configKeys } from './keys';

/** What the defaults are derived from; gathered by main.ts. */
export interface Surroundings {
  readonly uid: number;
  readonly home: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The directory that holds `daemon/` and `client/` of the built program. */
  readonly buildDirectory: string;
  readonly groupExists: (name: string) => boolean;
  readonly pathExists: (path: string) => boolean;
}

export interface Setting {
  readonly value: unknown;
  /** For people, e.g. `default` or `environment GITISO_LOG_LEVEL`. */
  readonly origin: string;
}

/** Where the configuration file is when none was named. */
export function defaultConfigFile(surroundings: Surroundings): string {
  if (surroundings.uid === 0) return '/etc/gitiso/gitisod.json';
  const { environment, home } = surroundings;
  return join(xdg(environment['XDG_CONFIG_HOME']) ?? join(home, '.config'), 'gitiso', 'gitisod.json');
}

/** A value for every key, by dotted path. */
export function defaultSettings(surroundings: Surroundings): ReadonlyMap<string, Setting> {
  const settings = new Map<string, Setting>();
  for (const key of configKeys) settings.set(key.path, { value: key.schema['default'], origin: 'default' });
  const paths = surroundings.uid === 0 ? systemPaths(surroundings) : userPaths(surroundings);
  for (const [path, value] of Object.entries(paths)) settings.set(path, { value, origin: 'default' });
  const shim = join(surroundings.buildDirectory, 'client', 'shim');
  settings.set('docker.shimDirectory', { value: shim, origin: 'default' });
  settings.set('docker.socket', dockerSocket(surroundings));
  return settings;
}

function systemPaths(surroundings: Surroundings): Record<string, string | null> {
  return {
    stateDirectory: '/var/lib/gitiso',
    runDirectory: '/run/gitiso',
    socketGroup: surroundings.groupExists('gitiso') ? 'gitiso' : null,
  };
}

function userPaths({ environment, home, uid }: Surroundings): Record<string, string | null> {
  const runtime = xdg(environment['XDG_RUNTIME_DIR']);
  const state = join(xdg(environment['XDG_STATE_HOME']) ?? join(home, '.local', 'state'), 'gitiso');
  return {
    stateDirectory: state,
    runDirectory: runtime === undefined ? `/tmp/gitiso-${String(uid)}` : join(runtime, 'gitiso'),
    socketGroup: null,
  };
}

/** The XDG specification says that relative paths are to be ignored. */
function xdg(path: string | undefined): string | undefined {
  return path?.startsWith('/') === true ? path : undefined;
}

function dockerSocket({ environment, pathExists, uid }: Surroundings): Setting {
  const host = environment['DOCKER_HOST'];
  if (host?.startsWith('unix:///') === true) {
    return { value: host.slice('unix://'.length), origin: 'environment DOCKER_HOST' };
  }
  const runtime = xdg(environment['XDG_RUNTIME_DIR']);
  const rootless = runtime === undefined ? undefined : join(runtime, 'docker.sock');
  if (uid !== 0 && rootless !== undefined && pathExists(rootless))
    return { value: rootless, origin: 'default' };
  return { value: '/var/run/docker.sock', origin: 'default' };
}
