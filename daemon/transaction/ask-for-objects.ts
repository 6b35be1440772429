/** Has the container's git pack what the repository lacks; the pack is an agent's word until it was staged. */
import { randomBytes } from 'node:crypto';
import { GitisoError } from '../../shared/errors';
import type { Oid } from '../../shared/ids';
import { containerPaths } from '../../shared/paths';
import type { Container } from '../commit/container';

const timeoutMs = 600_000;
/** Few objects come without deltas in one answer: that is the quickest to check. */
const quickBytes = 1024 * 1024;
const partBytes = 16 * 1024 * 1024;
/** `--local` leaves out what lies in the repository already. */
const packing = ['pack-objects', '--revs', '--local', '-q'];

/** `wanted` are the new values, `known` commits that the repository has. Throws 'invalid-object', 'limit-exceeded'. */
export async function askForObjects(
  container: Container,
  wanted: readonly Oid[],
  known: readonly Oid[],
  limitBytes: number,
): Promise<Buffer> {
  const stdin = Buffer.from(`${[...wanted, ...known.map((id) => `^${id}`)].join('\n')}\n`);
  const env = { GIT_NO_REPLACE_OBJECTS: '1' };
  const quick = await container.git([...packing, '--window=0', '--no-reuse-delta', '--stdout'], {
    ...{ env, stdin, timeoutMs },
    limitBytes: quickBytes,
  });
  if (quick.exitCode === 0 && !quick.isTruncated) return quick.stdout;
  if (quick.exitCode !== 0 && !quick.isTruncated) throw unpackable(quick.stderr);

  const base = `${containerPaths.gitdir}/gitiso/pack-${randomBytes(8).toString('hex')}`;
  const packed = await container.git([...packing, '--delta-base-offset', base], { env, stdin, timeoutMs });
  const hash = packed.stdout.toString('latin1').trim();
  if (packed.exitCode !== 0 || !/^[0-9a-f]{40}$/.test(hash)) throw unpackable(packed.stderr);
  const files = ['pack', 'idx', 'rev'].map((end) => `${base}-${hash}.${end}`);
  try {
    return await readInParts(container, `${base}-${hash}.pack`, limitBytes);
  } finally {
    await container.files({ unlink: files });
  }
}

async function readInParts(container: Container, path: string, limitBytes: number): Promise<Buffer> {
  const parts: Buffer[] = [];
  let total = 0;
  for (;;) {
    const part = await container.readPart(path, total, partBytes);
    total += part.length;
    if (total > limitBytes)
      throw new GitisoError('limit-exceeded', `the new objects are larger than ${String(limitBytes)} bytes`);
    parts.push(part);
    if (part.length < partBytes) return Buffer.concat(parts);
  }
}

function unpackable(stderr: Buffer): GitisoError {
  const said = stderr
    .toString('utf8')
    .replace(/[^\x20-\x7e]+/g, ' ')
    .trim();
  return new GitisoError(
    'invalid-object',
    `git in the container can not pack the objects: ${said.slice(0, 400)}`,
  );
}
