/**
 * The fetching side of an agent's connection: brings the mirror up to date while the agent sees how that goes, then
 * lets git's own upload-pack serve it. Nothing of the agent's reaches git but its side of the pack protocol.
 */
import type { Duplex } from 'node:stream';
import { joinStreams } from './join-streams';
import { refreshedMirror } from './refreshed-mirror';
import type { RemoteCall } from './remote-call';

/** A request of the agent's: what it has and wants. */
const requestBytes = 256 * 1024 * 1024;

/** Returns whether the connection was made; if not, the agent has been told why. */
export async function serveUploadPack(call: RemoteCall, startStream: () => Duplex): Promise<boolean> {
  const { context, record, target, signal } = call;
  const { networkTimeoutMs } = context.config.current().git;
  const place = await refreshedMirror(call);
  if (place === null) return false;
  const stream = startStream();
  const child = context.git.start(
    ['upload-pack', '--strict', `--timeout=${call.silenceSeconds}`, place.gitDir],
    {
      timeoutMs: networkTimeoutMs,
      outputLimitBytes: 0,
      reads: [place.gitDir],
      signal,
      env: call.version === 0 ? {} : { GIT_PROTOCOL: `version=${String(call.version)}` },
      config: [
        ['uploadpack.allowFilter', 'true'],
        ['uploadpack.allowAnySHA1InWant', 'false'],
        ['pack.threads', '1'],
      ],
    },
  );
  const result = await joinStreams(stream, child, requestBytes);
  context.log.debug('upload-pack ended', { repo: record.id, target: target.kind, ...result });
  return true;
}
