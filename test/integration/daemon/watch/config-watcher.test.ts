import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { ConfigSource, Reload } from '../../../../daemon/config/config-source';
import { watchConfig, type Watcher } from '../../../../daemon/watch/config-watcher';
import { quietLog } from '../../../helpers/repos-fixture';
import { tempDir } from '../../../helpers/temp-dir';

describe('watching the configuration', () => {
  let watcher: Watcher | undefined;
  afterEach(() => watcher?.close());

  it('reloads when the file appears, changes, or is replaced', async () => {
    const file = join(tempDir(), 'made-later', 'config.json');
    const waiting: (() => void)[] = [];
    const reload = (): Promise<Reload> => {
      waiting.shift()?.();
      return Promise.resolve({ kind: 'unchanged' });
    };
    const config = {
      file,
      reload,
      current: () => ({ watch: { enabled: true, delayMs: 5 } }),
    } as unknown as ConfigSource;
    watcher = watchConfig(config, quietLog);
    await watcher.ready;
    const reloaded = () => new Promise<void>((resolve) => waiting.push(resolve));

    const appeared = reloaded();
    mkdirSync(dirname(file));
    writeFileSync(file, '{}');
    await appeared;
    const changed = reloaded();
    writeFileSync(file, '{"a":1}');
    await changed;
    const replaced = reloaded();
    writeFileSync(`${file}.new`, '{"a":22}');
    renameSync(`${file}.new`, file);
    await replaced;
  });
});
