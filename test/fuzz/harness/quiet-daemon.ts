/** What a conversation needs of a daemon that has no files, no clock and nobody to tell. */
import { defaultSettings, type Surroundings } from '../../../daemon/config/defaults';
import { nest } from '../../../daemon/config/nested';
import type { Config } from '../../../daemon/config/schema';
import type { Logger } from '../../../daemon/log';

export const surroundings: Surroundings = {
  uid: 1000,
  home: '/home/u',
  environment: {},
  buildDirectory: '/opt/gitiso/build',
  groupExists: () => false,
  pathExists: () => false,
};

export function defaultConfig(): Config {
  const settings = [...defaultSettings(surroundings)].map(([path, { value }]) => [path, value] as const);
  return nest(new Map(settings)) as unknown as Config;
}

const nothing = () => undefined;

export const silentLog: Logger = {
  debug: nothing,
  info: nothing,
  warn: nothing,
  error: nothing,
  child: () => silentLog,
};
