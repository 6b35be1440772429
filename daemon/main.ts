#!/usr/bin/env node
/**
 * `gitisod`: command line, environment, signals and exit codes. Nothing else in the daemon touches the process, and
 * nothing but starting and stopping happens here.
 */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { errorCatalogue, GitisoError, isGitisoError } from '../shared/errors';
import { helpText, parseCommandLine } from './command-line';
import { openConfigSource, type ConfigSource } from './config/config-source';
import type { ConfigInput } from './config/load';
import { describeConfig } from './config/describe-config';
import { ConfigFileSchema } from './config/keys';
import { armCrashPoints } from './crash-points';
import { createLogger, type RootLogger } from './log';
import { escapeControls } from './log-fields';
import { machineErrorCode } from './machine-error';
import { notifySystemd } from './notify-systemd';
import { findGroupId } from './system-groups';

const buildDirectory = resolve(__dirname, '..');

async function main(args: readonly string[]): Promise<number> {
  const { action, configFile, flags, ...doctor } = parseCommandLine(args);
  if (action === 'help') return print(helpText());
  if (action === 'version') return print(`gitisod ${await readVersion()}\n`);
  if (action === 'config-schema') return print(`${JSON.stringify(ConfigFileSchema, null, 2)}\n`);
  if (action === 'doctor') return print(`${JSON.stringify(await examineState(configFile, flags, doctor))}\n`);
  const config = await openConfigSource(configInput(configFile, flags));
  if (action === 'print-config') return print(describeConfig(config.loaded()));
  if (action === 'check-config') return print(`${config.file}: the configuration is valid\n`);
  return serve(config);
}

/** Everything that is wrong is in the report, also a configuration that is not valid. */
async function examineState(
  configFile: string | null,
  flags: ReadonlyMap<string, string>,
  doctor: { readonly fix: boolean; readonly deep: boolean },
): Promise<object> {
  const { examineOffline, reportOfError } = await import('./doctor/examine-offline.js');
  try {
    const config = (await openConfigSource(configInput(configFile, flags))).current();
    const now = () => new Date();
    const log = createLogger({ format: 'human', level: 'error', stream: process.stderr, now });
    const { env: environment, pid } = process;
    return await examineOffline({ config, environment, pid, uid: ownUid(), now, log, ...doctor });
  } catch (error) {
    return reportOfError(error);
  }
}

function configInput(file: string | null, flags: ReadonlyMap<string, string>): ConfigInput {
  return {
    file: file === null ? null : resolve(file),
    flags,
    surroundings: {
      uid: ownUid(),
      home: homedir(),
      environment: process.env,
      buildDirectory,
      groupExists: (name) => findGroupId(name) !== null,
      pathExists: existsSync,
    },
  };
}

async function serve(config: ConfigSource): Promise<number> {
  armCrashPoints(process.env['GITISO_TEST_CRASH_POINTS'], 'daemon', process.ppid);
  // Files are made with the modes that are asked for, whatever the caller's umask was; never writable by others.
  process.umask(0o022);
  process.stderr.on('error', () => undefined);
  const { format, level } = config.current().log;
  const log = createLogger({ format, level, stream: process.stderr, now: () => new Date() });
  const stopAsked = listenToSignals(log, config);
  failOnUnexpected(log);

  // Only a daemon that serves waits for what its parts load.
  const { startDaemon } = await import('./compose.js');
  const version = await readVersion();
  const daemon = await startDaemon({
    config,
    log,
    version,
    buildDirectory,
    adminGid: adminGroup(config),
    checkResults: process.env['GITISO_TEST_CHECK_RESULTS'] === '1',
    now: () => new Date(),
    process: {
      pid: process.pid,
      uid: ownUid(),
      gid: process.getgid?.() ?? 0,
      environment: process.env,
      execPath: process.execPath,
      arch: process.arch,
      memoryBytes: residentBytes,
    },
  });
  const { stateDirectory, runDirectory } = config.current();
  log.info('serving', { version, pid: process.pid, stateDirectory, runDirectory });
  await tellSystemd('READY=1', log);

  daemon.lifecycle.stopRequested.addEventListener('abort', () =>
    stopAsked.stop(String(daemon.lifecycle.stopRequested.reason)),
  );
  log.info('stopping: changes under way may finish', { reason: await stopAsked.reason });
  await tellSystemd('STOPPING=1', log);
  await daemon.stop();
  log.info('stopped');
  return 0;
}

interface StopAsked {
  readonly reason: Promise<string>;
  readonly stop: (reason: string) => void;
}

/** The first SIGTERM or SIGINT asks for an orderly stop, the second exits at once. */
function listenToSignals(log: RootLogger, config: ConfigSource): StopAsked {
  let stop: (reason: string) => void = () => undefined;
  const reason = new Promise<string>((resolveReason) => {
    stop = resolveReason;
  });
  let signals = 0;
  for (const [signal, number] of [
    ['SIGINT', 2],
    ['SIGTERM', 15],
  ] as const) {
    process.on(signal, () => {
      signals += 1;
      if (signals > 1) process.exit(128 + number);
      stop(signal);
    });
  }
  process.on('SIGHUP', () => {
    void config.reload().then((result) => log.info('the configuration was read again', { ...result }));
  });
  return { reason, stop };
}

/** A defect nobody caught leaves unknown state behind: the journal makes the next start safe, going on would not be. */
function failOnUnexpected(log: RootLogger): void {
  const fail = (error: unknown) => {
    log.error('ending because of an unexpected exception', { error });
    process.exit(70);
  };
  process.on('uncaughtException', fail);
  process.on('unhandledRejection', fail);
}

/** Throws GitisoError 'config-invalid' when the group does not exist. */
function adminGroup(config: ConfigSource): number | null {
  const { socketGroup } = config.current();
  if (socketGroup === null) return null;
  const gid = findGroupId(socketGroup);
  if (gid === null) throw new GitisoError('config-invalid', `socketGroup: there is no group ${socketGroup}`);
  return gid;
}

async function tellSystemd(state: 'READY=1' | 'STOPPING=1', log: RootLogger): Promise<void> {
  const result = await notifySystemd(state, { notifySocket: process.env['NOTIFY_SOCKET'], pid: process.pid });
  if (result === 'failed') log.warn('systemd could not be told', { state });
}

async function readVersion(): Promise<string> {
  const manifest = join(buildDirectory, '..', 'package.json');
  const { version } = JSON.parse(await readFile(manifest, 'utf8')) as { version: string };
  return version;
}

/** Asking opens a file. */
function residentBytes(): number | null {
  try {
    return process.memoryUsage.rss();
  } catch {
    return null;
  }
}

function ownUid(): number {
  return process.getuid?.() ?? 0;
}

function print(text: string): number {
  process.stdout.write(text);
  return 0;
}

/** Problems for people, one per line; a defect with its stack. */
function explain(thrown: unknown): number {
  const isOfMachine = thrown instanceof Error && machineErrorCode(thrown) !== null;
  const error = isOfMachine ? new GitisoError('storage-failed', thrown.message, { cause: thrown }) : thrown;
  if (!isGitisoError(error)) {
    process.stderr.write(
      `gitisod: unexpected: ${error instanceof Error ? String(error.stack) : String(error)}\n`,
    );
    return 70;
  }
  for (const line of error.message.split('\n')) process.stderr.write(`gitisod: ${escapeControls(line)}\n`);
  process.stderr.write(`hint: ${error.hint}\n`);
  return errorCatalogue[error.code].exit;
}

void main(process.argv.slice(2))
  .catch(explain)
  .then((code) => process.exit(code));
