/** The text of `gitisod --print-config`: every setting as `key = value  # origin`. Pure. */
import type { LoadedConfig } from './load';
import { valueAt } from './nested';
import { configKeys } from './keys';

export function describeConfig({ config, origins, file }: LoadedConfig): string {
  const settings = configKeys.map(({ path }) => ({
    setting: `${path} = ${JSON.stringify(valueAt(config, path))}`,
    origin: origins.get(path) ?? 'default',
  }));
  const width = Math.min(60, Math.max(...settings.map(({ setting }) => setting.length)));
  const lines = settings.map(({ setting, origin }) => `${setting.padEnd(width)}  # ${origin}`);
  return [`# file: ${file}`, ...lines, ''].join('\n');
}
