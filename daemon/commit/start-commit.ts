/**
 * The beginning of every `git commit`: what was asked, by whom, on which branch. What is rare goes to the real git at
 * once; for the rest run-commit.ts takes over.
 */
import { GitisoError } from '../../shared/errors';
import type { Invocation, Outcome } from '../../shared/invocation';
import type { AgentRecord } from '../agents/agent-registry';
import type { CallContext } from '../dispatch/handler';
import type { CommitEngine } from '../git/commit-engine';
import { cleanupMode } from './clean-message';
import type { CommitCall } from './commit-call';
import { dateOf } from './commit-date';
import type { ConfigCache } from './config-cache';
import { createContainer, type Container } from './container';
import { isForGit, refuseSigning } from './leave-to-git';
import type { End } from './outcome';
import { parseOptions } from './parse-options';
import { leftovers } from './prepare-index';
import { readConfig } from './read-config';
import { readHead } from './read-head';
import { runAsIs } from './real-git';
import { repeatAnswer } from './repeat-answer';
import { runCommit } from './run-commit';

export interface CommitParts {
  readonly engine: CommitEngine;
  readonly configs: ConfigCache;
  readonly now: () => Date;
}

/** Throws GitisoError of the engine and of the connection; every other "no" is an outcome that the shim prints. */
export async function startCommit(
  parts: CommitParts,
  agent: AgentRecord,
  invocation: Invocation,
  context: Pick<CallContext, 'peer' | 'attachments' | 'signal'>,
): Promise<Outcome> {
  if (invocation.argv[0] !== 'commit') throw new GitisoError('invalid-params', 'argv must begin with commit');
  const wish = await readWish(parts, agent, invocation, createContainer(context.peer, invocation));
  if ('outcome' in wish) return wish.outcome;
  const call: CommitCall = {
    ...{ ...wish, invocation, agent, engine: parts.engine },
    ...{ attachments: context.attachments, signal: context.signal },
    now: dateOf(parts.now(), invocation.timezone),
  };
  const answered = parts.engine.remembered(agent.id, invocation.key);
  if (answered?.kind === 'committed') return repeatAnswer(call, answered);
  try {
    return await runCommit(call);
  } catch (error) {
    await removeLeftovers(call);
    throw error;
  }
}

type Wish = Pick<CommitCall, 'options' | 'optionsEnd' | 'config' | 'cleanup' | 'head' | 'container'>;

/** What is to be committed and how, or the end: it is git's turn, or nobody does it. */
async function readWish(
  parts: CommitParts,
  agent: AgentRecord,
  invocation: Invocation,
  container: Container,
): Promise<Wish | End> {
  const asIs = runAsIs({ invocation });
  const parsed = parseOptions(invocation.argv.slice(1));
  const options = parsed.kind === 'options' ? parsed.options : null;
  if (options?.dryRun === true) return asIs;
  const config = await readConfig(parts.configs, agent.id, invocation, container);
  if (config === null) return asIs;
  const refused = refuseSigning(options?.gpgSign ?? null, config);
  if (refused !== null) return refused;
  if (parsed.kind === 'unclear' || isForGit(invocation, parsed.options, config)) return asIs;
  const cleanup = cleanupMode(parsed.options.cleanup ?? config.cleanup);
  const head = readHead(invocation);
  if (cleanup === null || head === null) return asIs;
  return { options: parsed.options, optionsEnd: parsed.end, config, cleanup, head, container };
}

async function removeLeftovers(call: CommitCall): Promise<void> {
  const unlink = leftovers(call);
  // The connection may be what failed; then the files stay until the next commit with this key.
  if (unlink.length > 0) await call.container.files({ unlink }).catch(() => null);
}
