/** A loose object file (gitformat-loose) from an agent: taken apart within limits, and nothing in it is believed. */
import { inflateSync } from 'node:zlib';
import type { Oid } from '../../shared/ids';
import type { ObjectType } from './parse-plain-pack';

/** As git in the container wrote it: zlib of header and content. */
export interface LooseFile {
  readonly id: Oid;
  readonly bytes: Buffer;
}

/** Longest header: "commit " + 19 digits + NUL. */
const headerBytes = 27;

/** null: it is not one whole well-formed object of at most `limitBytes`, or has something behind its end. */
export function openLoose(
  file: Buffer,
  limitBytes: number,
): { readonly type: ObjectType; readonly content: Buffer } | null {
  const data = unpack(file, limitBytes + headerBytes);
  if (data === null) return null;
  const end = data.subarray(0, headerBytes).indexOf(0);
  if (end < 0) return null;
  const header = /^(commit|tree|blob|tag) (0|[1-9][0-9]{0,18})$/.exec(data.toString('latin1', 0, end));
  if (header === null || Number(header[2]) !== data.length - end - 1) return null;
  const content = data.subarray(end + 1);
  return content.length > limitBytes ? null : { type: header[1] as ObjectType, content };
}

function unpack(file: Buffer, limitBytes: number): Buffer | null {
  try {
    // The types do not know what `info` adds: the engine, which counts what it has read.
    const { buffer, engine } = inflateSync(file, {
      info: true,
      maxOutputLength: limitBytes,
    }) as unknown as { readonly buffer: Buffer; readonly engine: { readonly bytesWritten: number } };
    return engine.bytesWritten === file.length ? buffer : null;
  } catch {
    return null;
  }
}
