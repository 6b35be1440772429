/**
 * Writes a commit whose message is not UTF-8. nodegit passes strings only, which would change its bytes; so this one
 * kind of object is put together here, in git's loose format (gitformat-loose). Runs in a worker.
 */
import { isUtf8 } from 'node:buffer';
import { createHash, randomBytes } from 'node:crypto';
import { link, mkdir, unlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { deflateSync } from 'node:zlib';
import { assertOid, type Oid } from '../../shared/ids';
import type { Signature } from './commit-engine';
import { looseObjectPath } from './sync-loose-object';
import type { CommitPlan } from './worker-protocol';

export function isUtf8Message(message: string): boolean {
  return isUtf8(Buffer.from(message, 'latin1'));
}

/** An object that is there already is never replaced. */
export async function writeCommitObject(plan: CommitPlan, tree: Oid): Promise<Oid> {
  const headers = [
    `tree ${tree}`,
    ...plan.parents.map((parent) => `parent ${parent}`),
    `author ${signatureLine(plan.author)}`,
    `committer ${signatureLine(plan.committer)}`,
    ...(plan.encoding === null ? [] : [`encoding ${plan.encoding}`]),
  ];
  const body = Buffer.concat([
    Buffer.from(`${headers.join('\n')}\n\n`, 'utf8'),
    Buffer.from(plan.message, 'latin1'),
  ]);
  const object = Buffer.concat([Buffer.from(`commit ${String(body.length)}\0`), body]);
  const id = assertOid(createHash('sha1').update(object).digest('hex'));
  const path = looseObjectPath(plan.gitDirectory, id);
  const temporary = join(plan.gitDirectory, 'objects', `tmp_obj_${randomBytes(8).toString('hex')}`);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(temporary, deflateSync(object), { mode: 0o444, flag: 'wx' });
  try {
    await link(temporary, path).catch((error: unknown) => {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    });
  } finally {
    await unlink(temporary);
  }
  return id;
}

function signatureLine({ name, email, time, offset }: Signature): string {
  const minutes = Math.abs(offset);
  const zone = `${offset < 0 ? '-' : '+'}${two(Math.floor(minutes / 60))}${two(minutes % 60)}`;
  return `${name} <${email}> ${String(time)} ${zone}`;
}

function two(value: number): string {
  return String(value).padStart(2, '0');
}
