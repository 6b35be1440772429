/**
 * The configuration in force and its reload. Values are to be read through `current()` when they are needed,
 * so that a reload reaches them; a configuration that is refused never replaces one that works.
 */
import { isDeepStrictEqual } from 'node:util';
import { isGitisoError } from '../../shared/errors';
import { loadConfig, type ConfigInput, type LoadedConfig } from './load';
import { deepFreeze, nest, valueAt } from './nested';
import { configKeys } from './keys';
import type { Config } from './schema';

export type Reload =
  | { readonly kind: 'unchanged' }
  /** `keys` are in force now; `needRestart` changed in the file but keep their old value until the next start. */
  | { readonly kind: 'changed'; readonly keys: readonly string[]; readonly needRestart: readonly string[] }
  | { readonly kind: 'refused'; readonly problem: string };

export interface ConfigSource {
  readonly current: () => Config;
  /** What was loaded last, with the origin of every value. */
  readonly loaded: () => LoadedConfig;
  /** The file to watch; it need not exist. */
  readonly file: string;
  /** Why the last reload was refused; null when it was not. */
  readonly error: () => string | null;
  /** Reads everything again. Never throws; concurrent calls run one after the other. */
  readonly reload: () => Promise<Reload>;
  /** Called after each reload that changed something in force. Returns the function that ends it. */
  readonly onChange: (listener: (config: Config) => void) => () => void;
}

/** Throws GitisoError 'config-invalid' when there is no valid configuration to start with. */
export async function openConfigSource(input: ConfigInput): Promise<ConfigSource> {
  let loaded = await loadConfig(input);
  let error: string | null = null;
  let queue: Promise<unknown> = Promise.resolve();
  const listeners = new Set<(config: Config) => void>();

  async function reloadNow(): Promise<Reload> {
    let next: LoadedConfig;
    try {
      next = await loadConfig(input);
    } catch (cause) {
      error = isGitisoError(cause) ? cause.message : 'the configuration cannot be read';
      return { kind: 'refused', problem: error };
    }
    error = null;
    const { config, keys, needRestart } = mergeReload(loaded.config, next.config);
    if (keys.length === 0 && needRestart.length === 0) return { kind: 'unchanged' };
    loaded = { ...next, config };
    if (keys.length > 0) for (const listener of listeners) listener(config);
    return { kind: 'changed', keys, needRestart };
  }

  return {
    current: () => loaded.config,
    loaded: () => loaded,
    file: loaded.file,
    error: () => error,
    reload: () => {
      const result = queue.then(reloadNow);
      queue = result;
      return result;
    },
    onChange: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

/** The new configuration, with the old value where a change needs a restart. */
function mergeReload(
  old: Config,
  next: Config,
): { readonly config: Config; readonly keys: string[]; readonly needRestart: string[] } {
  const keys: string[] = [];
  const needRestart: string[] = [];
  const values = new Map<string, unknown>();
  for (const key of configKeys) {
    const before = valueAt(old, key.path);
    const after = valueAt(next, key.path);
    const isChanged = !isDeepStrictEqual(before, after);
    if (isChanged) (key.needsRestart ? needRestart : keys).push(key.path);
    values.set(key.path, isChanged && !key.needsRestart ? after : before);
  }
  return { config: deepFreeze(nest(values)) as unknown as Config, keys, needRestart };
}
