/** A commit engine of git's plumbing on a bare repository: as strict about blobs and refs as the real one, without policy. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { deflateSync, inflateSync } from 'node:zlib';
import type {
  CommitEngine,
  CommitRequest,
  CommitResult,
  OfferedBlob,
  Signature,
} from '../../../../daemon/git/commit-engine';
import { parseCommit } from '../../../../daemon/git/read-commit';
import { assertOid, zeroOid, type Oid } from '../../../../shared/ids';

export interface RecordingEngine extends CommitEngine {
  readonly requests: readonly CommitRequest[];
}

/** `refuse` may answer in the engine's place. */
export function createPlumbingEngine(
  repository: string,
  refuse: (request: CommitRequest) => CommitResult | null = () => null,
): RecordingEngine {
  const requests: CommitRequest[] = [];
  const answers = new Map<string, CommitResult>();

  function git(
    args: readonly string[],
    input: string | Buffer = '',
    env: Record<string, string> = {},
  ): string {
    const result = spawnSync('git', [`--git-dir=${repository}`, ...args], {
      input,
      env: { PATH: process.env['PATH'] ?? '', GIT_CONFIG_NOSYSTEM: '1', HOME: '/nonexistent', ...env },
      maxBuffer: 1 << 28,
    });
    if (result.status !== 0) throw new Error(`git ${args.join(' ')}: ${result.stderr.toString()}`);
    return result.stdout.toString('latin1');
  }
  const line = (args: readonly string[], input?: string | Buffer, env?: Record<string, string>): Oid =>
    assertOid(git(args, input, env).trim());

  function readTip(ref: string): Oid {
    const file = join(repository, ref);
    if (existsSync(file)) return assertOid(readFileSync(file, 'latin1').trim());
    const found = git(['for-each-ref', '--format=%(objectname)', ref]).trim();
    return found === '' ? zeroOid : assertOid(found);
  }

  function importBlob(blob: OfferedBlob): void {
    const content = blob.form === 'raw' ? blob.bytes : withoutHeader(inflateSync(blob.bytes));
    const object = Buffer.concat([Buffer.from(`blob ${content.length}\0`), content]);
    const id = createHash('sha1').update(object).digest('hex');
    if (id !== blob.id) throw new Error(`offered as ${blob.id}, but is ${id}`);
    const file = join(repository, 'objects', id.slice(0, 2), id.slice(2));
    mkdirSync(dirname(file), { recursive: true });
    if (!existsSync(file)) writeFileSync(file, deflateSync(object));
  }

  function buildTree(request: CommitRequest): Oid {
    const folder = mkdtempSync(join(repository, 'tmp-'));
    const env = { GIT_INDEX_FILE: join(folder, 'index') };
    git(['read-tree', ...(request.base === null ? ['--empty'] : [request.base])], '', env);
    const deletes = request.changes.filter((change) => change.kind === 'delete');
    const puts = request.changes.flatMap((change) => (change.kind === 'put' ? [change] : []));
    const entries = [
      ...deletes.map((change) => `0 ${zeroOid}\t${change.path}\0`),
      ...puts.map((change) => `${change.mode} ${change.id}\t${change.path}\0`),
    ];
    git(['update-index', '-z', '--index-info'], Buffer.from(entries.join(''), 'latin1'), env);
    const tree = line(['write-tree'], '', env);
    rmSync(folder, { recursive: true });
    return tree;
  }

  async function commit(request: CommitRequest): Promise<CommitResult> {
    requests.push(request);
    const refused = refuse(request);
    if (refused !== null) return refused;
    for (const blob of request.blobs) importBlob(blob);
    const wanted = request.changes.flatMap((change) =>
      change.kind === 'put' && change.mode !== '160000' ? [change.id] : [],
    );
    const known = wanted.length === 0 ? '' : git(['cat-file', '--batch-check'], `${wanted.join('\n')}\n`);
    const missing = wanted.filter((id) => known.includes(`${id} missing`));
    if (missing.length > 0) return { kind: 'missing', ids: [...new Set(missing)] };
    const tip = readTip(request.ref);
    if (tip !== request.old) return { kind: 'changed', current: tip };
    const tree = buildTree(request);
    const text = [
      `tree ${tree}\n`,
      ...request.parents.map((parent) => `parent ${parent}\n`),
      `author ${formatSignature(request.author)}\n`,
      `committer ${formatSignature(request.committer)}\n`,
      request.encoding === null ? '' : `encoding ${request.encoding}\n`,
      `\n${request.message}`,
    ].join('');
    const id = line(['hash-object', '-t', 'commit', '-w', '--stdin'], Buffer.from(text, 'latin1'));
    git(['update-ref', request.ref, id, request.old]);
    // Repositories as small as these have no two ids with seven digits in common.
    const result = { kind: 'committed', commit: id, tree, abbreviated: id.slice(0, 7) } as const;
    answers.set(`${request.agent} ${request.key}`, result);
    return result;
  }

  return {
    requests,
    commit,
    remembered: (agent, key) => answers.get(`${agent} ${key}`),
    readCommit: async (_repo, id) => parseCommit(git(['cat-file', 'commit', id])),
  };
}

function withoutHeader(object: Buffer): Buffer {
  return object.subarray(object.indexOf(0) + 1);
}

function formatSignature({ name, email, time, offset }: Signature): string {
  const minutes = Math.abs(offset);
  const zone = String(Math.floor(minutes / 60) * 100 + (minutes % 60)).padStart(4, '0');
  const who = Buffer.from(`${name} <${email}>`, 'utf8').toString('latin1');
  return `${who} ${time} ${offset < 0 ? '-' : '+'}${zone}`;
}
