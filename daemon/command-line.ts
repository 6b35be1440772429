/** What `gitisod` was asked to do on its command line. Pure: prints nothing, exits nowhere. */
import { GitisoError } from '../shared/errors';
import { findKey, flagName } from './config/key-names';
import { configKeys } from './config/keys';
import { nearestName } from './nearest-name';

export interface CommandLine {
  readonly action:
    'serve' | 'check-config' | 'print-config' | 'config-schema' | 'doctor' | 'help' | 'version';
  /** Of the doctor. */
  readonly fix: boolean;
  readonly deep: boolean;
  readonly configFile: string | null;
  /** Settings by flag name, as text. */
  readonly flags: ReadonlyMap<string, string>;
}

const actions = new Map<string, CommandLine['action']>([
  ['--check-config', 'check-config'],
  ['--print-config', 'print-config'],
  ['--config-schema', 'config-schema'],
  ['--doctor', 'doctor'],
  ['--help', 'help'],
  ['-h', 'help'],
  ['--version', 'version'],
]);

/** Throws GitisoError 'config-invalid' with one line per problem. */
export function parseCommandLine(args: readonly string[]): CommandLine {
  const flags = new Map<string, string>();
  const problems: string[] = [];
  let action: CommandLine['action'] = 'serve';
  let configFile: string | null = null;
  const switches = new Set<string>();
  const rest = [...args];
  for (let arg = rest.shift(); arg !== undefined; arg = rest.shift()) {
    const known = actions.get(arg);
    if (known !== undefined) {
      action = known;
      continue;
    }
    if (arg === '--fix' || arg === '--deep') {
      switches.add(arg);
      continue;
    }
    const { name, inline } = splitFlag(arg);
    const problem = problemWith(name);
    if (problem !== null) {
      problems.push(problem);
      // Its value is not a problem of its own.
      if (inline === undefined && rest[0]?.startsWith('-') === false) rest.shift();
      continue;
    }
    const value = inline ?? rest.shift();
    if (value === undefined) problems.push(`${name} needs a value`);
    else if (name === '--config') configFile = value;
    else flags.set(name, value);
  }
  if (switches.size > 0 && action !== 'doctor') problems.push('--fix and --deep are options of --doctor');
  if (problems.length > 0) {
    throw new GitisoError('config-invalid', problems.join('\n'), {
      hint: 'gitisod --help lists the options',
    });
  }
  return { action, fix: switches.has('--fix'), deep: switches.has('--deep'), configFile, flags };
}

export function helpText(): string {
  const settings = configKeys.map(({ path, schema }) => {
    const text = schema.description ?? '';
    return `  ${flagName(path)} <value>\n      ${text}`;
  });
  return `Usage: gitisod [options]

The gitiso daemon: it alone moves the refs that coding agents in containers work on.

  --config <file>   Read this configuration file
  --check-config    Check the configuration and exit (0 valid, 78 not)
  --print-config    Print every setting, its value and where it comes from
  --config-schema   Print the JSON Schema of the configuration file
  --doctor          Look for damage while no daemon runs and print the report as JSON (gitisoctl doctor
                    calls it); --fix mends what is safe, --deep also checks every object
  --version         Print the version
  --help            Print this

Settings. Each can also be given in the configuration file (limits.frameBytes) and in the
environment (GITISO_LIMITS_FRAME_BYTES); flags win over the environment, that over the file.

${settings.join('\n')}

Signals: the first SIGTERM or SIGINT lets changes under way finish, a second one ends at once;
SIGHUP reads the configuration again.
`;
}

function splitFlag(arg: string): { readonly name: string; readonly inline: string | undefined } {
  const at = arg.indexOf('=');
  return at === -1 ? { name: arg, inline: undefined } : { name: arg.slice(0, at), inline: arg.slice(at + 1) };
}

function problemWith(name: string): string | null {
  if (name === '--config') return null;
  if (!name.startsWith('--')) return `unexpected argument ${JSON.stringify(name)}`;
  const found = findKey(name, flagName);
  if (typeof found !== 'string') return null;
  const option = nearestName(name, ['--config', ...actions.keys()]);
  return option === undefined || found.includes('did you mean') ? found : `${found}; did you mean ${option}?`;
}
