/** The names of configuration keys outside the file, and how their text becomes a value. Pure. */
import { nearestName } from '../nearest-name';
import { configKeys, type ConfigKey } from './keys';

/** `limits.frameBytes` is `GITISO_LIMITS_FRAME_BYTES` in the environment. */
export function environmentName(path: string): string {
  return `GITISO_${words(path).join('_').toUpperCase()}`;
}

/** `limits.frameBytes` is `--limits-frame-bytes` on the command line. */
export function flagName(path: string): string {
  return `--${words(path).join('-')}`;
}

/** The key with this outside name, or the line that says that there is none and which was probably meant. */
export function findKey(name: string, naming: (path: string) => string): ConfigKey | string {
  const found = configKeys.find((key) => naming(key.path) === name);
  if (found !== undefined) return found;
  const nearest = nearestName(
    name,
    configKeys.map((key) => naming(key.path)),
  );
  return `unknown setting ${name}${nearest === undefined ? '' : `; did you mean ${nearest}?`}`;
}

/** Text from the environment or a flag as the key's type; what does not fit stays text and fails validation. */
export function parseSetting(key: ConfigKey, text: string): unknown {
  const types = typesOf(key);
  if (types.includes('null') && text === 'null') return null;
  if (types.includes('integer')) return /^-?[0-9]{1,15}$/.test(text) ? Number(text) : text;
  if (types.includes('number')) return /^[0-9]{1,6}(\.[0-9]{1,6})?$/.test(text) ? Number(text) : text;
  if (types.includes('boolean')) return text === 'true' ? true : text === 'false' ? false : text;
  if (types.includes('array')) return text === '' ? [] : text.split(',').map((item) => item.trim());
  return text;
}

function typesOf(key: ConfigKey): readonly string[] {
  const union: unknown = key.schema['anyOf'];
  const schemas: readonly Record<string, unknown>[] = Array.isArray(union) ? union : [key.schema];
  return schemas.map((schema) => String(schema['type']));
}

function words(path: string): string[] {
  return path
    .replaceAll('.', ' ')
    .replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)
    .split(' ');
}
