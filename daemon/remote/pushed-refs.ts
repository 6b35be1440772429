/**
 * Which agent made which ref at the remote, one small file per repository: a name an agent may push to again must be one
 * that it made there, not one it merely has the same name of.
 */
import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Type, type Static } from '@sinclair/typebox';
import { zeroOid, type Oid } from '../../shared/ids';
import { readJson, writeDurably } from '../durable-file';
import { compileValidator } from '../validation';
import type { PushCommand } from './read-push';

interface Agent {
  readonly id: string;
  /** An agent of the same name that came later is another one. */
  readonly generation: string;
}

export interface Place {
  readonly repo: string;
  /** Of a remote beside the registered one; '': the registered one. */
  readonly url: string;
}

export interface PushedRefs {
  /** Tells of a ref, with its value there, whether the agent, somebody else, or nobody made it. */
  readonly owners: (
    place: Place,
    agent: Agent,
  ) => Promise<(ref: string, value: Oid) => 'own' | 'other' | 'nobody'>;
  /** The remote is about to be asked: a name that has the expected value there later was made by the agent. */
  readonly expect: (place: Place, agent: Agent, asked: readonly PushCommand[]) => Promise<void>;
  /**
   * Notes that names which are new at the remote are about to be pushed: from now on they are others' business no
   * more, and not the agent's before `note` says so.
   */
  readonly announce: (place: Place, agent: Agent, commands: readonly PushCommand[]) => Promise<void>;
  /** Takes back what was announced and is not in `accepted`. */
  readonly withdraw: (
    place: Place,
    agent: Agent,
    commands: readonly PushCommand[],
    accepted: readonly PushCommand[],
  ) => Promise<void>;
  /** Notes what the remote took: names that are new there become the agent's, deleted ones nobody's. */
  readonly note: (place: Place, agent: Agent, accepted: readonly PushCommand[]) => Promise<void>;
}

const FileSchema = Type.Object(
  { refs: Type.Record(Type.String(), Type.String()), version: Type.Literal(1) },
  { additionalProperties: false },
);
const checkFile = compileValidator(FileSchema, 'file');

type Refs = Map<string, string>;

export function createPushedRefs(mirrors: string): PushedRefs {
  const writing = new Map<string, Promise<void>>();
  const path = (repo: string) => join(mirrors, repo, 'pushed.json');

  async function change(repo: string, edit: (refs: Refs) => boolean): Promise<void> {
    const refs = await read(path(repo));
    if (!edit(refs)) return;
    const file: Static<typeof FileSchema> = { refs: Object.fromEntries(refs), version: 1 };
    await mkdir(dirname(path(repo)), { recursive: true, mode: 0o700 });
    await writeDurably(path(repo), `${JSON.stringify(file)}\n`, 0o600);
  }

  return {
    owners: async ({ repo, url }, agent) => {
      await writing.get(repo)?.catch(() => undefined);
      const refs = await read(path(repo));
      return (ref, value) => {
        const owner = refs.get(keyOf(url, ref));
        if (owner === undefined || owner === announced(agent)) return 'nobody';
        if (owner === nameOf(agent) || owner === `${nameOf(agent)} ${value}`) return 'own';
        const expected = /^\S+ \S+ ([0-9a-f]{40})$/.exec(owner)?.[1];
        return expected !== undefined && expected !== value ? 'nobody' : 'other';
      };
    },
    expect: ({ repo, url }, agent, asked) =>
      inTurn(repo, (refs) => {
        const made = asked.filter(({ ref, old }) => old === zeroOid && !refs.has(keyOf(url, ref)));
        for (const { ref, new: value } of made) refs.set(keyOf(url, ref), `${nameOf(agent)} ${value}`);
        return made.length > 0;
      }),
    announce: ({ repo, url }, agent, commands) =>
      inTurn(repo, (refs) => {
        const fresh = commands.filter(({ ref, old }) => old === zeroOid && !refs.has(keyOf(url, ref)));
        for (const { ref } of fresh) refs.set(keyOf(url, ref), announced(agent));
        return fresh.length > 0;
      }),
    withdraw: ({ repo, url }, agent, commands, accepted) =>
      inTurn(repo, (refs) => {
        const taken = new Set(accepted.map(({ ref }) => ref));
        const vain = commands.filter(
          ({ ref }) => !taken.has(ref) && refs.get(keyOf(url, ref)) === announced(agent),
        );
        for (const { ref } of vain) refs.delete(keyOf(url, ref));
        return vain.length > 0;
      }),
    note: ({ repo, url }, agent, accepted) => inTurn(repo, (refs) => take(refs, url, agent, accepted)),
  };

  async function inTurn(repo: string, edit: (refs: Refs) => boolean): Promise<void> {
    const turn = (writing.get(repo) ?? Promise.resolve())
      .catch(() => undefined)
      .then(() => change(repo, edit));
    writing.set(repo, turn);
    try {
      await turn;
    } finally {
      if (writing.get(repo) === turn) writing.delete(repo);
    }
  }
}

/** Returns whether anything changed. */
function take(refs: Refs, url: string, agent: Agent, accepted: readonly PushCommand[]): boolean {
  let changed = false;
  for (const command of accepted) {
    const key = keyOf(url, command.ref);
    if (command.new === zeroOid) changed = refs.delete(key) || changed;
    else if (command.old === zeroOid && refs.get(key) !== nameOf(agent)) {
      refs.set(key, nameOf(agent));
      changed = true;
    }
  }
  return changed;
}

function keyOf(url: string, ref: string): string {
  return url === '' ? ref : `${url} ${ref}`;
}

/** A push that is under way, or was when the daemon died. */
function announced(agent: Agent): string {
  return `${nameOf(agent)} ?`;
}

function nameOf({ id, generation }: Agent): string {
  return `${id} ${generation}`;
}

/** Which agents made which refs at a remote, or are about to: `<id> <generation>` by name. */
export async function pushedNames(
  mirrors: string,
  repo: string,
  url = '',
): Promise<ReadonlyMap<string, string>> {
  const prefix = keyOf(url, '');
  return new Map(
    [...(await read(join(mirrors, repo, 'pushed.json')))].flatMap(([key, maker]) => {
      const isHere = url === '' ? !key.includes(' ') : key.startsWith(prefix);
      return isHere ? [[key.slice(prefix.length), maker.replace(/ \?$/, '')] as const] : [];
    }),
  );
}

async function read(path: string): Promise<Refs> {
  const value = await readJson(path);
  if (value === undefined) return new Map();
  const checked = checkFile(value);
  // Forgetting only takes permissions away.
  return checked.kind === 'invalid' ? new Map() : new Map(Object.entries(checked.value.refs));
}
