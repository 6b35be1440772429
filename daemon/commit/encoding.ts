/** Bytes and their encodings in commits: git's UTF-8 check and repair (commit.c: verify_utf8), and decoding of names. */

/** Valid UTF-8 without the code points git refuses (surrogates, non-characters); `text` has one byte per character. */
export function repairUtf8(text: string): { readonly text: string; readonly wasValid: boolean } {
  // Nearly every message is ASCII: one native scan.
  if (!/[\x80-\xff]/.test(text)) return { text, wasValid: true };
  const parts: string[] = [];
  let good = 0;
  for (let at = 0; at < text.length;) {
    const length = sequenceLength(text, at);
    if (length > 0) {
      at += length;
      continue;
    }
    const code = text.charCodeAt(at);
    parts.push(text.slice(good, at), String.fromCharCode(0xc0 + (code >> 6), 0x80 + (code & 0x3f)));
    at += 1;
    good = at;
  }
  if (parts.length === 0) return { text, wasValid: true };
  parts.push(text.slice(good));
  return { text: parts.join(''), wasValid: false };
}

/** Text of bytes: UTF-8, or Latin-1 byte by byte where it is not (what git's repair comes to). */
export function decodeText(bytes: string): string {
  return Buffer.from(repairUtf8(bytes).text, 'latin1').toString('utf8');
}

/** UTF-8 bytes of text, one per character. */
export function encodeText(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1');
}

export function isUtf8Name(encoding: string): boolean {
  return /^utf-?8$/i.test(encoding);
}

/** Bytes of the valid sequence at the index, 0: invalid (commit.c: find_invalid_utf8). */
function sequenceLength(text: string, at: number): number {
  const first = text.charCodeAt(at);
  if (first < 0x80) return 1;
  const length =
    first >= 0xc2 && first < 0xe0
      ? 2
      : first >= 0xe0 && first < 0xf0
        ? 3
        : first >= 0xf0 && first < 0xf5
          ? 4
          : 0;
  if (length === 0) return 0;
  let point = first & (0x7f >> length);
  for (let next = 1; next < length; next += 1) {
    const byte = at + next < text.length ? text.charCodeAt(at + next) : 0;
    if ((byte & 0xc0) !== 0x80) return 0;
    point = (point << 6) | (byte & 0x3f);
  }
  const smallest = [0, 0, 0x80, 0x800, 0x10000][length] ?? 0;
  const isForbidden =
    point < smallest ||
    point > 0x10ffff ||
    (point & 0x1ff800) === 0xd800 ||
    (point & 0xfffe) === 0xfffe ||
    (point >= 0xfdd0 && point <= 0xfdef);
  return isForbidden ? 0 : length;
}
