/**
 * The fetching side of an agent's connection: brings the mirror up to date while the agent sees how that goes, then
 * lets git's own upload-pack serve it. Nothing of the agent's reaches git but its side of the pack protocol.
 */
import type { Duplex } from 'node:stream';
import { isGitisoError } from '../../shared/errors';
import { createLineSplitter, hideHostNames, hostNames, isFetchSummary, isProgress } from './agent-text';
import { joinStreams } from './join-streams';
import type { RemoteCall } from './remote-call';

/** A request of the agent's: what it has and wants. */
const requestBytes = 256 * 1024 * 1024;

/** Returns whether the connection was made; if not, the agent has been told why. */
export async function serveUploadPack(call: RemoteCall, startStream: () => Duplex): Promise<boolean> {
  const { context, record, target, signal } = call;
  const { networkTimeoutMs } = context.config.current().git;
  const place = await prepare(call);
  if (place === null) return false;
  const child = context.git.start(['upload-pack', '--strict', `--timeout=${call.silenceSeconds}`, place], {
    timeoutMs: networkTimeoutMs,
    outputLimitBytes: 0,
    signal,
    env: call.version === 0 ? {} : { GIT_PROTOCOL: `version=${String(call.version)}` },
    config: [
      ['uploadpack.allowFilter', 'true'],
      ['uploadpack.allowAnySHA1InWant', 'false'],
      ['pack.threads', '1'],
    ],
  });
  const result = await joinStreams(startStream(), child, requestBytes);
  context.log.debug('upload-pack ended', { repo: record.id, target: target.kind, ...result });
  return true;
}

async function prepare(call: RemoteCall): Promise<string | null> {
  const { context, record, target } = call;
  const names = hostNames(target, [context.layout.state]);
  const lines = createLineSplitter();
  let sending: Promise<void> = Promise.resolve();
  const tell = (texts: readonly string[]): void => {
    const text = texts
      .filter((line) => !isFetchSummary(line) && (call.progress || !isProgress(line)))
      .map((line) => hideHostNames(line, names))
      .join('');
    if (text !== '') sending = sending.then(() => call.print(text));
  };
  try {
    const place = await call.mirrors.refresh(record, target, {
      signal: call.signal,
      wantsProgress: call.progress,
      onText: (text) => tell(lines.push(text)),
    });
    return place.gitDir;
  } catch (error) {
    // What git said about the remote is on the terminal already.
    if (isGitisoError(error) && error.code === 'repo-unreachable' && target.kind === 'network') return null;
    throw error;
  } finally {
    tell(lines.rest());
    await sending;
  }
}
