import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ConfigSource, Reload } from '../../../../daemon/config/config-source';
import { watchConfig, type ConfigWatch } from '../../../../daemon/watch/config-watcher';
import { quietLog } from '../../../helpers/repos-fixture';
import { tempDir } from '../../../helpers/temp-dir';

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await sleep(5);
}

describe('watching the configuration', () => {
  let watcher: ConfigWatch | undefined;
  afterEach(() => watcher?.close());

  it('reloads when the file appears, changes, or is replaced', async () => {
    const file = join(tempDir(), 'made-later', 'config.json');
    const seen: string[] = [];
    const reload = (): Promise<Reload> => {
      if (existsSync(file)) seen.push(readFileSync(file, 'utf8'));
      return Promise.resolve({ kind: 'unchanged' });
    };
    const config = {
      file,
      reload,
      current: () => ({ watch: { enabled: true, delayMs: 5 } }),
    } as unknown as ConfigSource;
    watcher = watchConfig(config, quietLog);

    mkdirSync(dirname(file));
    writeFileSync(file, '{}');
    await until(() => seen.includes('{}'));
    writeFileSync(file, '{"a":1}');
    await until(() => seen.includes('{"a":1}'));
    writeFileSync(`${file}.new`, '{"a":22}');
    renameSync(`${file}.new`, file);
    await until(() => seen.includes('{"a":22}'));
  });
});
