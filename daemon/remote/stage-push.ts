/**
 * Takes the objects of a push off the connection: a pack of its own (nothing is assumed about the remote), checked by git
 * and by the daemon's rules, kept in a staging folder until the remote has decided.
 */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { GitisoError } from '../../shared/errors';
import { zeroOid, type Oid } from '../../shared/ids';
import type { GitChild } from '../git/git-child';
import { stageStream, type StagedPack } from '../git/stage-objects';
import { localLimits } from '../repos/git-refs';
import { checkObjects } from '../transaction/check-objects';
import type { Verdict } from '../policy/verdict';
import type { ByteReader } from './byte-reader';
import type { PushCommand } from './read-push';
import type { RemoteCall } from './remote-call';

export interface StagedPush {
  /** null: the repository had everything. */
  readonly pack: StagedPack | null;
  /** The daemon's rules about what is new. */
  readonly verdict: Verdict;
  /** Of the pack. */
  readonly bytes: number;
}

const headerBytes = 12;
const trailerBytes = 20;

/** `home`: the repository that the objects are for. Needs `pack.discard` afterwards. Throws 'invalid-object' or 'limit-exceeded' when the pack is not fit; nothing of it is kept. */
export async function stagePush(call: RemoteCall, home: string, reader: ByteReader): Promise<StagedPush> {
  const { context, agent, signal } = call;
  await call.intake.requireRoom(agent.id, 0);
  const { limits, policy } = context.config.current();
  const header = await reader.exactly(headerBytes);
  if (header?.toString('latin1', 0, 4) !== 'PACK') throw unfit('a pack was expected');
  if (header.readUInt32BE(8) === 0) {
    await takeTrailer(reader, header);
    return { pack: null, verdict: { allowed: true }, bytes: 0 };
  }
  let bytes = 0;
  const pack = await stageStream(
    {
      git: context.git,
      gitDir: home,
      staging: context.layout.staging,
      blobBytes: limits.blobBytes,
      totalBytes: limits.commitBytes,
      isKept: true,
      signal,
    },
    async (child) => {
      bytes = await feed(child, header, reader);
    },
  );
  return { pack, verdict: checkObjects(pack.objects, agent, { ...limits, ...policy }), bytes };
}

/** git knows from the pack itself where it ends. Resolves with the number of bytes. */
async function feed(child: GitChild, header: Buffer, reader: ByteReader): Promise<number> {
  let bytes = header.length;
  const over = child.ended.then(
    () => null,
    () => null,
  );
  child.stdin.write(header);
  for (;;) {
    const chunk = await Promise.race([reader.some(), over]);
    if (chunk === null) break;
    bytes += chunk.length;
    if (!child.stdin.write(chunk)) await Promise.race([once(child.stdin, 'drain').catch(() => over), over]);
  }
  child.stdin.end();
  return bytes;
}

async function takeTrailer(reader: ByteReader, header: Buffer): Promise<void> {
  const trailer = await reader.exactly(trailerBytes);
  if (trailer?.equals(createHash('sha1').update(header).digest()) !== true)
    throw unfit('the pack is damaged');
}

/** The kind of each new value, null: nobody has it. */
export async function typesOf(
  { context }: RemoteCall,
  home: string,
  pack: StagedPack | null,
  commands: readonly PushCommand[],
): Promise<ReadonlyMap<Oid, string | null>> {
  const ids = [...new Set(commands.map((command) => command.new))].filter((id) => id !== zeroOid);
  const types = new Map<Oid, string | null>();
  if (ids.length === 0) return types;
  const { stdout } = await context.git.run(
    ['cat-file', '--batch-check=%(objectname) %(objecttype)', '--buffer'],
    {
      gitDir: home,
      ...localLimits,
      ...(pack === null ? {} : { env: { GIT_ALTERNATE_OBJECT_DIRECTORIES: pack.folder } }),
      stdin: `${ids.join('\n')}\n`,
    },
  );
  const lines = stdout.toString('latin1').split('\n');
  ids.forEach((id, index) => {
    const [found, type = null] = (lines[index] ?? '').split(' ');
    types.set(id, found === id && type !== 'missing' ? type : null);
  });
  return types;
}

function unfit(reason: string): GitisoError {
  return new GitisoError('invalid-object', `the objects can not be taken: ${reason}`);
}
