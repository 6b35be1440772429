/**
 * What a pushing git is told (gitprotocol-pack(5)): the refs of the remote first, then messages as they come, then one
 * verdict per ref. Keeps back-pressure: a text is sent when the one before was taken.
 */
import type { Duplex } from 'node:stream';
import type { Oid } from '../../shared/ids';
import type { PushCommand } from './read-push';
import { flushPkt, longestContent, pktLine } from './pkt-line';

const zero = '0'.repeat(40);
const capabilities = [
  ...['report-status', 'delete-refs', 'side-band-64k', 'quiet', 'atomic', 'ofs-delta', 'push-options'],
  ...['no-thin', 'object-format=sha1', 'agent=gitiso'],
].join(' ');

/** `has`: commits the daemon has beside those of the refs, so that they are not sent. */
export function refAdvertisement(refs: ReadonlyMap<string, Oid>, has: readonly Oid[]): Buffer {
  const lines = [...has.map((id) => `${id} .have`), ...[...refs].map(([ref, id]) => `${id} ${ref}`)];
  const [first = `${zero} capabilities^{}`, ...others] = lines;
  return Buffer.concat([
    pktLine(`${first}\0${capabilities}\n`),
    ...others.map((line) => pktLine(`${line}\n`)),
    flushPkt,
  ]);
}

export type RefVerdict =
  { readonly kind: 'ok' } | { readonly kind: 'refused'; /** One line. */ readonly reason: string };

/** `unpack`: null, or why the objects were not taken. */
export function statusReport(
  unpack: string | null,
  verdicts: readonly (readonly [PushCommand, RefVerdict])[],
): Buffer {
  return Buffer.concat([
    pktLine(`unpack ${unpack === null ? 'ok' : oneLine(unpack)}\n`),
    ...verdicts.map(([{ ref }, verdict]) =>
      pktLine(verdict.kind === 'ok' ? `ok ${ref}\n` : `ng ${ref} ${oneLine(verdict.reason)}\n`),
    ),
    flushPkt,
  ]);
}

function oneLine(text: string): string {
  return Buffer.from(text.replace(/\p{Cc}+/gu, ' ').slice(0, 1000), 'utf8').toString('latin1');
}

export interface PushSpeaker {
  /** Shown at once as the remote's words. */
  readonly say: (text: string) => Promise<void>;
  /** The last: the report, and the end of the conversation. */
  readonly report: (bytes: Buffer) => Promise<void>;
  /** Ends what keeps the connection alive. */
  readonly stop: () => void;
}

/** As git's own receive-pack (`receive.keepAlive`). */
const keepAliveMs = 5000;
const data = 1;
const progress = 2;

export function createPushSpeaker(stream: Duplex, hasSideband: boolean): PushSpeaker {
  const timer = setInterval(() => {
    if (hasSideband && stream.writableLength === 0) stream.write(onBand(data, Buffer.alloc(0)));
  }, keepAliveMs);
  timer.unref();
  return {
    say: (text) =>
      hasSideband ? send(stream, packets(progress, Buffer.from(text, 'utf8'))) : Promise.resolve(),
    report: (bytes) => {
      clearInterval(timer);
      return send(stream, hasSideband ? Buffer.concat([packets(data, bytes), flushPkt]) : bytes);
    },
    stop: () => clearInterval(timer),
  };
}

function packets(band: number, bytes: Buffer): Buffer {
  const parts: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += longestContent - 1)
    parts.push(onBand(band, bytes.subarray(at, at + longestContent - 1)));
  return Buffer.concat(parts);
}

function onBand(band: number, bytes: Buffer): Buffer {
  return pktLine(Buffer.concat([Buffer.from([band]), bytes]));
}

/** Resolves when the bytes were handed over, or the other end is gone. */
export function send(stream: Duplex, bytes: Buffer): Promise<void> {
  if (stream.destroyed || stream.writableEnded) return Promise.resolve();
  return new Promise((resolve) => {
    stream.once('close', resolve);
    stream.write(bytes, () => {
      stream.off('close', resolve);
      resolve();
    });
  });
}
