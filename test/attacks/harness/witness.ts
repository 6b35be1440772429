/**
 * What must be as it was, whatever an attacker did: files of the host, both repositories with every object, the other agent's
 * folders, the daemon's state outside of the attacker's folders, and the daemon itself.
 */
import { createHash } from 'node:crypto';
import { lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { git } from '../../helpers/git';

export interface WitnessedPlaces {
  readonly state: string;
  /** Files of the host that no agent has any business with. */
  readonly host: string;
  readonly attacker: string;
  readonly bystander: string;
  readonly repositories: readonly string[];
}

export interface Fingerprint {
  /** By repository: `<oid> <ref>`, one per line. */
  readonly refs: Readonly<Record<string, readonly string[]>>;
  /** By repository: ids and types of all objects, reachable or not. */
  readonly objects: Readonly<Record<string, readonly string[]>>;
  readonly host: readonly string[];
  readonly bystander: readonly string[];
  /** Names only: journal and audit log grow. */
  readonly state: readonly string[];
}

export async function takeFingerprint(places: WitnessedPlaces): Promise<Fingerprint> {
  const refs: Record<string, readonly string[]> = {};
  const objects: Record<string, readonly string[]> = {};
  for (const id of places.repositories) {
    const bare = join(places.state, 'repos', `${id}.git`);
    const [listedRefs, listedObjects] = await Promise.all([
      git(bare, ['for-each-ref', '--format=%(objectname) %(refname) %(symref)']),
      git(bare, ['cat-file', '--batch-all-objects', '--batch-check=%(objectname) %(objecttype)']),
    ]);
    refs[id] = [...listedRefs.split('\n'), `HEAD ${readFileSync(join(bare, 'HEAD'), 'utf8').trim()}`];
    objects[id] = listedObjects.split('\n');
  }
  return {
    refs,
    objects,
    host: describeTree(places.host),
    bystander: ['workspace', 'gitdir', 'home', 'mounts'].flatMap((name) =>
      describeTree(join(places.state, 'agents', places.bystander, name)),
    ),
    state: namesIn(places),
  };
}

/** Everything the daemon keeps but the content of its logs and objects; temporary files show here. */
function namesIn({ state, attacker }: WitnessedPlaces): readonly string[] {
  const isLog = /^(audit|journal)\/|^agents\/[^/]+\/\.agent\.json\.[^/]*tmp$/;
  // The daemon's own notes about the user's clone, which is told of the bystander's commits.
  const isPublishing = /^repos\/\.(published|clone-views)\//;
  const isObject = /^repos\/[^/]+\.git\/(objects|refs)\//;
  const isAgent = /^agents\/[^/]+\/(workspace|gitdir|home|host-gitdir)(\/|$)/;
  return listTree(state, (path) =>
    [isLog, isPublishing, isObject, isAgent].some((pattern) => pattern.test(path)),
  ).filter((path) => !path.startsWith(`agents/${attacker}/`));
}

function listTree(root: string, isLeftOut: (path: string) => boolean, below = ''): readonly string[] {
  const names = readdirSync(join(root, below), { withFileTypes: true });
  return names.flatMap((entry) => {
    const path = below === '' ? entry.name : `${below}/${entry.name}`;
    if (isLeftOut(entry.isDirectory() ? `${path}/` : path)) return [];
    return entry.isDirectory() ? [`${path}/`, ...listTree(root, isLeftOut, path)] : [path];
  });
}

/** Type, mode, owner, links and content of everything below a folder. */
function describeTree(root: string): readonly string[] {
  return ['', ...listTree(root, () => false)].map((path) => describeOne(join(root, path)));
}

function describeOne(path: string): string {
  const { mode, uid, gid, nlink } = lstatSync(path);
  const facts = `${path} ${mode.toString(8)} ${String(uid)}:${String(gid)}`;
  const type = mode & 0o170000;
  if (type === 0o120000) return `${facts} -> ${readlinkSync(path)}`;
  if (type !== 0o100000) return facts;
  const hash = createHash('sha256').update(readFileSync(path)).digest('hex');
  return `${facts} ${String(nlink)} ${hash}`;
}
