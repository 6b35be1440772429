/** Puts the effective configuration together: defaults, then the file, then the environment, then flags. */
import { readFile } from 'node:fs/promises';
import { types } from 'node:util';
import { GitisoError } from '../../shared/errors';
import { compileValidator } from '../validation';
import { defaultConfigFile, defaultSettings, type Setting, type Surroundings } from './defaults';
import { environmentName, findKey, flagName, parseSetting } from './key-names';
import { deepFreeze, nest, valueAt } from './nested';
import { ConfigFileSchema, configKeys } from './keys';
import { ConfigSchema, type Config } from './schema';

export interface ConfigInput {
  readonly surroundings: Surroundings;
  /** The file that was asked for; null: the default one, which need not exist. */
  readonly file: string | null;
  /** Values given as flags, by flag name. */
  readonly flags: ReadonlyMap<string, string>;
}

export interface LoadedConfig {
  readonly config: Config;
  /** Where each value comes from, by dotted path, in the order of the schema. */
  readonly origins: ReadonlyMap<string, string>;
  /** The file that is read, whether it exists or not. */
  readonly file: string;
}

/** Variables with our prefix that are not settings of the daemon. */
const foreignVariables =
  /^GITISO_(CONFIG|SOCKET|CACHE|CACHE_DIR|(TEST|SETUP|BENCH|DEMO|INSTALL|SHIM)(_[A-Z0-9_]*)?)$/;

const checkFile = compileValidator(ConfigFileSchema, 'the file', { allProblems: true });
const checkWhole = compileValidator(ConfigSchema, 'the configuration', { allProblems: true });

/** Throws GitisoError 'config-invalid' that names every problem and where it is. */
export async function loadConfig(
  input: ConfigInput,
  read: (file: string) => Promise<string> = (file) => readFile(file, 'utf8'),
): Promise<LoadedConfig> {
  const { surroundings } = input;
  const named = input.file ?? surroundings.environment['GITISO_CONFIG'];
  const file = named ?? defaultConfigFile(surroundings);
  const settings = new Map(defaultSettings(surroundings));
  const problems: string[] = [];
  addFile(settings, problems, file, await readConfigFile(file, named !== undefined, read));
  addEnvironment(settings, problems, surroundings.environment);
  addFlags(settings, problems, input.flags);
  if (problems.length > 0) throw invalid(problems);
  const config = assemble(settings);
  return { config, origins: new Map([...settings].map(([path, { origin }]) => [path, origin])), file };
}

async function readConfigFile(
  file: string,
  mustExist: boolean,
  read: (file: string) => Promise<string>,
): Promise<unknown> {
  let text: string;
  try {
    text = await read(file);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT' && !mustExist) return {};
    throw invalid([`${file}: cannot be read (${code ?? 'unknown reason'})`], error);
  }
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw invalid([`${file}: is not JSON${describeSyntaxError(text, error)}`], error);
  }
}

/** V8 tells either the position or the surrounding text; people want the line. */
function describeSyntaxError(text: string, error: unknown): string {
  if (text.trim() === '') return ' (it is empty)';
  const message = types.isNativeError(error) ? error.message : '';
  const position = / at position ([0-9]+)/.exec(message)?.[1];
  if (position === undefined) return `: ${message.replace(/\s+/g, ' ')}`;
  const before = text.slice(0, Number(position)).split('\n');
  const column = (before.at(-1) ?? '').length + 1;
  return `: ${message.replace(/ at position .*$/, '')} (line ${before.length}, column ${column})`;
}

function addFile(settings: Map<string, Setting>, problems: string[], file: string, content: unknown): void {
  const checked = checkFile(content);
  if (checked.kind === 'invalid') {
    problems.push(...checked.problems.map((problem) => `${file}: ${problem}`));
    return;
  }
  for (const { path } of configKeys) {
    const value = valueAt(content, path);
    if (value !== undefined) settings.set(path, { value, origin: `file ${file}` });
  }
}

function addEnvironment(
  settings: Map<string, Setting>,
  problems: string[],
  environment: Surroundings['environment'],
): void {
  for (const [name, text] of Object.entries(environment)) {
    if (text === undefined || !name.startsWith('GITISO_') || foreignVariables.test(name)) continue;
    addText(settings, problems, { name, text, naming: environmentName, origin: `environment ${name}` });
  }
}

function addFlags(
  settings: Map<string, Setting>,
  problems: string[],
  flags: ReadonlyMap<string, string>,
): void {
  for (const [name, text] of flags) {
    addText(settings, problems, { name, text, naming: flagName, origin: `flag ${name}` });
  }
}

interface TextSetting {
  readonly name: string;
  readonly text: string;
  readonly naming: (path: string) => string;
  readonly origin: string;
}

function addText(settings: Map<string, Setting>, problems: string[], given: TextSetting): void {
  const key = findKey(given.name, given.naming);
  if (typeof key === 'string') {
    problems.push(key);
    return;
  }
  const value = parseSetting(key, given.text);
  const checked = checkFile(nest(new Map([[key.path, value]])));
  if (checked.kind === 'invalid')
    problems.push(...checked.problems.map((line) => `${given.origin}: ${line}`));
  settings.set(key.path, { value, origin: given.origin });
}

function assemble(settings: ReadonlyMap<string, Setting>): Config {
  const checked = checkWhole(nest(new Map([...settings].map(([path, { value }]) => [path, value]))));
  if (checked.kind === 'invalid') throw invalid(checked.problems);
  const { limits } = checked.value;
  if (limits.bufferedBytesPerAgent < limits.frameBytes + limits.attachmentBytes) {
    throw invalid([
      'limits.bufferedBytesPerAgent must be at least limits.frameBytes + limits.attachmentBytes',
    ]);
  }
  return deepFreeze(checked.value);
}

function invalid(problems: readonly string[], cause?: unknown): GitisoError {
  return new GitisoError('config-invalid', problems.join('\n'), { details: { problems }, cause });
}
