/** git's framing (gitprotocol-common(5)): four hexadecimal digits of length, then the content. Pure; bounded by its form. */
import { GitisoError } from '../../shared/errors';

export const flushPkt = Buffer.from('0000');

/** Largest content of one packet: 65520 bytes with its length. */
export const longestContent = 65516;

export function pktLine(content: string | Buffer): Buffer {
  const bytes = typeof content === 'string' ? Buffer.from(content, 'latin1') : content;
  if (bytes.length > longestContent) throw new Error('a packet is too long');
  const length = (bytes.length + 4).toString(16).padStart(4, '0');
  return Buffer.concat([Buffer.from(length), bytes]);
}

/** What the four digits announce: so many bytes of content, or null: a flush. Throws 'invalid-params' for anything else. */
export function pktLength(digits: Buffer): number | null {
  const text = digits.toString('latin1');
  const length = /^[0-9a-fA-F]{4}$/.test(text) ? Number.parseInt(text, 16) : -1;
  if (length === 0) return null;
  if (length < 4 || length > longestContent + 4) throw badPacket();
  return length - 4;
}

function badPacket(): GitisoError {
  return new GitisoError('invalid-params', 'the push is not in the form of the pack protocol');
}
