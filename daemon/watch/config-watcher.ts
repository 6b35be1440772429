/** Reloads the configuration when its file changes. A file that is refused leaves the old configuration in force. */
import type { ConfigSource } from '../config/config-source';
import type { Logger } from '../log';
import { debounce } from './debounce';
import { watchPaths } from './watch-paths';

export interface Watcher {
  readonly ready: Promise<void>;
  readonly close: () => Promise<void>;
}

export function watchConfig(config: ConfigSource, log: Logger): Watcher {
  const onError = (error: unknown) => log.warn('the configuration file cannot be watched', { error });
  const reload = debounce(
    () => config.current().watch.delayMs,
    async () => {
      const outcome = await config.reload();
      if (outcome.kind === 'changed') {
        log.info('configuration reloaded', { keys: outcome.keys, needRestart: outcome.needRestart });
      } else if (outcome.kind === 'refused') {
        log.error('the new configuration was refused, the old one stays', { problem: outcome.problem });
      }
    },
    onError,
  );
  const watched = watchPaths([config.file], { ignored: () => false, onChange: reload.trigger, onError });
  return {
    ready: watched.ready,
    close: async () => {
      await watched.close();
      await reload.stop();
    },
  };
}
