/** Reads a commit object byte for byte (libgit2's own accessors re-encode the message). Runs in a worker. */
import { assertOid, type Oid } from '../../shared/ids';
import type { Signature } from './commit-engine';
import type { GitRepository, NodeGit } from './nodegit';
import type { StoredCommit } from './worker-protocol';

export async function readCommit(git: NodeGit, repository: GitRepository, id: Oid): Promise<StoredCommit> {
  // Refuses ids of anything but a commit before their content is unpacked.
  await git.Commit.lookup(repository, git.Oid.fromString(id));
  const odb = await repository.odb();
  const object = await odb.read(git.Oid.fromString(id));
  return parseCommit(object.data().toBuffer(object.size()).toString('latin1'));
}

/** The format is git's (gitformat: headers, an empty line, the message); the text carries one byte per character. */
export function parseCommit(text: string): StoredCommit {
  const end = text.indexOf('\n\n');
  const headers = (end < 0 ? text : text.slice(0, end)).split('\n');
  const values = (name: string): string[] =>
    headers.filter((line) => line.startsWith(`${name} `)).map((line) => line.slice(name.length + 1));
  const author = values('author')[0];
  const committer = values('committer')[0];
  const tree = values('tree')[0];
  if (author === undefined || committer === undefined || tree === undefined)
    throw new Error('not a commit object');
  return {
    tree: assertOid(tree),
    parents: values('parent').map(assertOid),
    author: parseSignature(author),
    committer: parseSignature(committer),
    message: end < 0 ? '' : text.slice(end + 2),
    encoding: values('encoding')[0] ?? null,
  };
}

function parseSignature(line: string): Signature {
  const match = /^(.*?) ?<([^>]*)> (\d{1,15}) ([+-])(\d{2})(\d{2})$/.exec(line);
  if (match === null) throw new Error('a commit with a malformed author line');
  const [, name = '', email = '', time = '', sign = '+', hours = '', minutes = ''] = match;
  const utf8 = (bytes: string): string => Buffer.from(bytes, 'latin1').toString('utf8');
  const offset = Number(hours) * 60 + Number(minutes);
  return {
    name: utf8(name),
    email: utf8(email),
    time: Number(time),
    offset: sign === '-' ? -offset : offset,
  };
}
