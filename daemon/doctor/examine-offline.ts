/**
 * The doctor without a daemon: `gitisod --doctor`. It reads; only with `fix` it writes, and then it holds the state
 * lock so that no daemon starts meanwhile.
 */
import { createHash } from 'node:crypto';
import { arch } from 'node:os';
import { access } from 'node:fs/promises';
import type { DoctorReport } from './report';
import type { Finding } from '../../shared/methods/daemon-doctor';
import { isGitisoError } from '../../shared/errors';
import { readAgentRecords } from '../agents/load-agents';
import { readAnchor, segmentsOf, tailOf } from '../audit/read-log';
import { genesis, verifySegments } from '../audit/verify-segments';
import type { Config } from '../config/schema';
import { writeRecord } from '../durable-file';
import { installationOf } from '../git/bubblewrap';
import { createConfinement, type Confinement } from '../git/confinement';
import { createHostGit } from '../git/host-git';
import { findGit } from '../git/find-git';
import { createLayout, type Layout } from '../layout';
import type { Logger } from '../log';
import { readRepoRecords } from '../repos/load-repos';
import { createDockerRuntime } from '../runtime/docker';
import { acquireStateLock, findLockLeftovers } from '../state-lock';
import { checks } from './checks';
import { examine } from './examine';
import type { Hands } from './patient';

export interface OfflineOptions {
  readonly config: Config;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly pid: number;
  readonly uid: number;
  readonly fix: boolean;
  readonly deep: boolean;
  readonly now: () => Date;
  readonly log: Logger;
}

/** Throws what keeps it from looking at all: 'already-running' when a daemon appears while it mends. */
export async function examineOffline(options: OfflineOptions): Promise<DoctorReport> {
  const { config, fix } = options;
  const layout = createLayout(config.stateDirectory, config.runDirectory);
  const first = await lookBefore(layout);
  if (first.isOver) return { findings: [...first.findings], checks: ['state directory'], serving: false };
  const lock = fix ? await acquireStateLock(layout.state, options.pid) : null;
  try {
    const report = await examineStopped(options, layout);
    return { ...report, findings: [...first.findings, ...report.findings], serving: false };
  } finally {
    await lock?.release();
  }
}

/** Whether there is anything to look at, and whether a daemon has it. */
async function lookBefore(
  layout: Layout,
): Promise<{ readonly findings: readonly Finding[]; readonly isOver: boolean }> {
  const say = (finding: Omit<Finding, 'fixable' | 'fixed'>, isOver: boolean) => ({
    findings: [{ ...finding, fixable: false, fixed: null }],
    isOver,
  });
  const problem = await access(layout.state).then(
    () => null,
    (error: unknown) => String((error as NodeJS.ErrnoException).code),
  );
  if (problem !== null) {
    const what = problem === 'ENOENT' ? 'there is no state directory' : `it can not be read (${problem})`;
    const advice =
      'start gitisod once, name another with --state-directory, or run this as the user of the daemon';
    return say({ id: 'no-state', severity: 'warning', where: layout.state, what, advice }, true);
  }
  const { own } = await findLockLeftovers(layout.state);
  if (own?.isAlive === true)
    return say(
      {
        id: 'daemon-silent',
        severity: 'error',
        where: layout.adminSocket,
        what: `a daemon runs (process ${String(own.pid)}), but does not answer on its socket`,
        advice:
          'it may be starting; else look at its log, end it (SIGTERM, then SIGKILL: nothing is lost) and start it again',
      },
      true,
    );
  return say(
    {
      id: 'daemon-stopped',
      severity: 'warning',
      where: layout.adminSocket,
      what: 'no daemon runs: agents work on, their commits fail until it is back',
      advice: 'systemctl start gitiso, or gitisod; its log tells why it ended',
    },
    false,
  );
}

async function examineStopped(options: OfflineOptions, layout: Layout) {
  const { config, environment, uid } = options;
  const gitPath = await findGit(config.git.path, environment['PATH'] ?? '');
  const confinement = await createConfinement({
    // Where it is required and impossible, the doctor works all the same: it has to tell.
    mode: config.git.confinement === 'off' ? 'off' : 'auto',
    uid,
    arch: arch(),
    programs: { git: [installationOf(gitPath)], worker: [] },
  });
  try {
    return await examineWith(options, layout, { gitPath, confinement });
  } finally {
    confinement.close();
  }
}

async function examineWith(
  options: OfflineOptions,
  layout: Layout,
  { gitPath, confinement }: { readonly gitPath: string; readonly confinement: Confinement },
) {
  const { config, environment, log, uid, now, fix, deep } = options;
  const git = await createHostGit({
    path: gitPath,
    environment,
    log,
    allowedProtocols: config.git.allowedProtocols,
    confinement,
    hidden: { folders: [layout.run], files: [config.docker.socket] },
    uid,
  });
  const runtime = createDockerRuntime({
    socketPath: config.docker.socket,
    stateHash: createHash('sha256').update(layout.state).digest('hex').slice(0, 16),
    timeoutMs: config.docker.requestTimeoutMs,
  });
  const hands: Hands = {
    putAgent: (record) => {
      const path =
        record.status === 'removed' ? layout.removedAgent(record.id) : layout.agent(record.id).record;
      return writeRecord(path, `${JSON.stringify(record, null, 2)}\n`, 0o600);
    },
    putRepo: (record) =>
      writeRecord(layout.repoRecord(record.id), `${JSON.stringify(record, null, 2)}\n`, 0o600),
    reopenSocket: null,
    restoreRef: null,
  };
  const patient = {
    layout,
    config,
    configError: null,
    isServing: false,
    isDeep: deep,
    uid,
    now,
    agents: await readAgentRecords(layout),
    repos: await readRepoRecords(layout),
    git,
    confinement: confinement.report,
    runtime,
    audit: {
      verify: async () =>
        verifySegments(await segmentsOf(layout.audit), {
          genesis,
          head: { seq: 0, hash: genesis },
          anchor: await readAnchor(layout.audit),
        }),
      tail: tailOf(layout.audit),
    },
    hands,
    signal: new AbortController().signal,
  };
  return examine(patient, checks, fix);
}

/** A report for an error that came before anything could be looked at. */
export function reportOfError(error: unknown): DoctorReport {
  if (!isGitisoError(error)) throw error;
  const isConfig = error.code === 'config-invalid';
  return {
    findings: [
      {
        id: isConfig ? 'config' : 'check-failed',
        severity: 'error',
        where: isConfig ? 'configuration' : 'doctor',
        what: error.message.replaceAll('\n', '; '),
        advice: error.hint,
        fixable: false,
        fixed: null,
      },
    ],
    checks: [isConfig ? 'configuration' : 'doctor'],
    serving: false,
  };
}
