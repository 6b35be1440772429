/**
 * The environment and configuration that git on the host runs with, built from nothing: pure, reads no file and
 * must never pass on a variable that is not named here.
 */

/** `local`: no credentials, no network, no configuration of any user. `network`: the operator's usual credentials. */
export type GitProfile = 'local' | 'network';

export type GitConfigEntry = readonly [key: string, value: string];

export type Environment = Readonly<Record<string, string | undefined>>;

export interface EnvironmentOptions {
  readonly profile: GitProfile;
  /** The daemon's own environment; only the variables of `operatorVariables` are taken from it. */
  readonly operator: Environment;
  /** Transports that the network profile may use, in git's words ("ssh", "https", …). */
  readonly allowedProtocols: readonly string[];
  /** The ssh command to use unless the operator's environment names one; null: what git's configuration says. */
  readonly sshCommand: string | null;
  /** Configuration of this one call; wins over everything else. */
  readonly config: readonly GitConfigEntry[];
  /** Variables of this one call; win over everything else. */
  readonly extra: Readonly<Record<string, string>>;
}

const systemPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** Found by measurement: what ssh, credential helpers, proxies and TLS need of an ordinary session. */
const operatorVariables = [
  ...['HOME', 'USER', 'LOGNAME', 'PATH', 'XDG_CONFIG_HOME', 'XDG_CACHE_HOME', 'XDG_RUNTIME_DIR'],
  ...[
    'SSH_AUTH_SOCK',
    'GIT_SSH_COMMAND',
    'GIT_SSH',
    'GIT_SSH_VARIANT',
    'GIT_CONFIG_GLOBAL',
    'GIT_CONFIG_SYSTEM',
  ],
  ...['GIT_CONFIG_NOSYSTEM', 'KRB5CCNAME', 'KRB5_CONFIG', 'DBUS_SESSION_BUS_ADDRESS', 'GNUPGHOME'],
  ...['http_proxy', 'https_proxy', 'HTTPS_PROXY', 'all_proxy', 'ALL_PROXY', 'no_proxy', 'NO_PROXY'],
  ...['GIT_SSL_CAINFO', 'GIT_SSL_CAPATH', 'SSL_CERT_FILE', 'SSL_CERT_DIR', 'CURL_CA_BUNDLE'],
];

/**
 * Fixed settings of every call (the reasons are git's own security notes and Gitaly's list of global settings).
 * Given as GIT_CONFIG_KEY_n, so that neither they nor secrets in `config` show in a process list.
 */
const fixedConfig: readonly GitConfigEntry[] = [
  ['core.hooksPath', '/dev/null'],
  ['core.fsmonitor', 'false'],
  ['core.untrackedCache', 'false'],
  ['core.attributesFile', '/dev/null'],
  ['core.excludesFile', '/dev/null'],
  ['core.useReplaceRefs', 'false'],
  ['core.alternateRefsCommand', 'exit 0 #'],
  ['core.logAllRefUpdates', 'false'],
  ['core.protectHFS', 'true'],
  ['core.protectNTFS', 'true'],
  ['core.maxTreeDepth', '256'],
  // A hostile pack costs one thread and bounded memory; a file above the threshold is streamed, not held.
  ['core.bigFileThreshold', '50m'],
  ['core.packedGitWindowSize', '64m'],
  ['core.packedGitLimit', '1g'],
  ['pack.threads', '1'],
  ['pack.windowMemory', '256m'],
  ['pack.deltaCacheSize', '64m'],
  ['core.fsync', 'all'],
  ['core.packedRefsTimeout', '10000'],
  ['core.filesRefLockTimeout', '1000'],
  ['gc.auto', '0'],
  ['maintenance.auto', '0'],
  ['receive.autogc', 'false'],
  ['fetch.writeCommitGraph', 'false'],
  ['fetch.recurseSubmodules', 'no'],
  ['fetch.prune', 'false'],
  ['fetch.pruneTags', 'false'],
  // index-pack checks everything before a pack gets its name; unpack-objects would leave loose objects behind.
  ['fetch.unpackLimit', '1'],
  ['transfer.fsckObjects', 'true'],
  ['transfer.bundleURI', 'false'],
  ['transfer.credentialsInUrl', 'die'],
  ['submodule.recurse', 'false'],
  ['push.followTags', 'false'],
  ['push.gpgSign', 'false'],
  ['push.recurseSubmodules', 'no'],
  ['init.templateDir', ''],
  ['safe.bareRepository', 'explicit'],
  // Beside GIT_ALLOW_PROTOCOL, for what a git might start without it.
  ['protocol.allow', 'never'],
  ['http.followRedirects', 'false'],
  ['http.lowSpeedLimit', '1000'],
  ['http.lowSpeedTime', '30'],
  // Flaws of old tools that many respected histories carry and that harm nobody who reads them.
  ['fetch.fsck.zeroPaddedFilemode', 'warn'],
  ['fetch.fsck.badTimezone', 'warn'],
  ['fetch.fsck.missingSpaceBeforeDate', 'warn'],
  ['fetch.fsck.missingSpaceBeforeEmail', 'warn'],
  ['fetch.fsck.missingEmail', 'warn'],
  ['fetch.fsck.missingNameBeforeEmail', 'warn'],
  ['fetch.fsck.badParentSha1', 'error'],
];

/** Settings that keep git from asking a person: nobody is there. */
const silence: Readonly<Record<string, string>> = {
  GIT_TERMINAL_PROMPT: '0',
  GIT_ASKPASS: '/bin/false',
  SSH_ASKPASS: '/bin/false',
  SSH_ASKPASS_REQUIRE: 'force',
  GCM_INTERACTIVE: 'never',
};

/** The complete environment of one call of git; nothing is inherited beside it. */
export function gitEnvironment(options: EnvironmentOptions): Record<string, string> {
  return {
    ...(options.profile === 'network' ? networkVariables(options) : localVariables()),
    ...silence,
    LC_ALL: 'C',
    GIT_ATTR_NOSYSTEM: '1',
    GIT_NO_REPLACE_OBJECTS: '1',
    GIT_OPTIONAL_LOCKS: '0',
    GIT_ADVICE: '0',
    ...configVariables([...fixedConfig, ...allowedTransports(options), ...options.config]),
    ...options.extra,
  };
}

function allowedTransports({ profile, allowedProtocols }: EnvironmentOptions): readonly GitConfigEntry[] {
  if (profile === 'local') return [];
  return allowedProtocols.map((name) => [`protocol.${name}.allow`, 'always'] as const);
}

function localVariables(): Record<string, string> {
  return {
    PATH: systemPath,
    HOME: '/nonexistent',
    XDG_CONFIG_HOME: '/nonexistent',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_CONFIG_SYSTEM: '/dev/null',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_ALLOW_PROTOCOL: 'none',
  };
}

function networkVariables(options: EnvironmentOptions): Record<string, string> {
  const taken = Object.fromEntries(
    operatorVariables.flatMap((name) => {
      const value = options.operator[name];
      return value === undefined ? [] : [[name, value] as const];
    }),
  );
  const namesSsh = taken['GIT_SSH_COMMAND'] !== undefined || taken['GIT_SSH'] !== undefined;
  return {
    PATH: systemPath,
    ...(namesSsh || options.sshCommand === null ? {} : { GIT_SSH_COMMAND: options.sshCommand }),
    ...taken,
    GIT_ALLOW_PROTOCOL: options.allowedProtocols.length === 0 ? 'none' : options.allowedProtocols.join(':'),
  };
}

function configVariables(entries: readonly GitConfigEntry[]): Record<string, string> {
  const variables: Record<string, string> = { GIT_CONFIG_COUNT: String(entries.length) };
  entries.forEach(([key, value], index) => {
    variables[`GIT_CONFIG_KEY_${index}`] = key;
    variables[`GIT_CONFIG_VALUE_${index}`] = value;
  });
  return variables;
}
