/** The beginning of every `git commit`: what was asked, by whom, on which branch; then run-commit.ts takes over. */
import { GitisoError } from '../../shared/errors';
import type { Invocation, Outcome } from '../../shared/invocation';
import type { AgentRecord } from '../agents/agent-registry';
import type { CallContext } from '../dispatch/handler';
import type { CommitEngine } from '../git/commit-engine';
import type { CommitCall } from './commit-call';
import { parseTimezone } from './commit-date';
import type { ConfigCache } from './config-cache';
import { createContainer } from './container';
import { parseOptions } from './parse-options';
import { leftovers } from './prepare-index';
import { cachedConfig, readConfig } from './read-config';
import { readHead } from './read-head';
import { letGitComplain, runAsIs } from './real-git';
import { refuseEarly, wantsEditor } from './refuse-early';
import { repeatAnswer } from './repeat-answer';
import { runCommit } from './run-commit';

export interface CommitParts {
  readonly engine: CommitEngine;
  readonly configs: ConfigCache;
  readonly now: () => Date;
  /** The policy lets agents name another committer. */
  readonly isCommitterFree: () => boolean;
}

/** Throws GitisoError of the engine and of the connection; every other "no" is an outcome that the shim prints. */
export async function startCommit(
  parts: CommitParts,
  agent: AgentRecord,
  invocation: Invocation,
  context: Pick<CallContext, 'peer' | 'attachments' | 'signal'>,
): Promise<Outcome> {
  if (invocation.argv[0] !== 'commit') throw new GitisoError('invalid-params', 'argv must begin with commit');
  const container = createContainer(context.peer, invocation);
  const parsed = parseOptions(invocation.argv.slice(1));
  if (parsed.kind === 'unclear') return (await letGitComplain(container, invocation)).outcome;
  const { options } = parsed;
  if (options.dryRun) return runAsIs(invocation).outcome;

  const config =
    cachedConfig(parts.configs, agent.id, invocation) ??
    (await readConfig(parts.configs, agent.id, invocation, container));
  if ('kind' in config) return config.outcome;
  const now = {
    time: Math.floor(parts.now().getTime() / 1000),
    offset: parseTimezone(invocation.timezone) ?? 0,
  };
  const common = {
    ...{ invocation, options, optionsEnd: parsed.end, config, container, agent, now },
    ...{ attachments: context.attachments, engine: parts.engine, signal: context.signal },
    isCommitterFree: parts.isCommitterFree(),
    usesEditor: wantsEditor(options),
  };
  const answered = parts.engine.remembered(agent.id, invocation.key);
  if (answered?.kind === 'committed') return repeatAnswer(common, answered);

  const refused = refuseEarly(invocation, options, config);
  if (refused !== null) return refused.outcome;
  const head = await readHead(invocation, agent, container);
  if ('kind' in head) return head.outcome;
  const call: CommitCall = { ...common, head };
  try {
    return await runCommit(call);
  } catch (error) {
    await removeLeftovers(call);
    throw error;
  }
}

async function removeLeftovers(call: CommitCall): Promise<void> {
  const unlink = leftovers(call);
  // The connection may be what failed; then the files stay until the next commit with this key.
  if (unlink.length > 0) await call.container.files({ unlink: [...unlink] }).catch(() => null);
}
