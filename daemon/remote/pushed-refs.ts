/**
 * Which agent made which ref at the remote, one small file per repository: a name an agent may push to again must be one
 * that it made there, not one it merely has the same name of.
 */
import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Type, type Static } from '@sinclair/typebox';
import { zeroOid } from '../../shared/ids';
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
  /** Tells of a ref whether the agent, somebody else, or nobody made it there. */
  readonly owners: (place: Place, agent: Agent) => Promise<(ref: string) => 'own' | 'other' | 'nobody'>;
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
      return (ref) => {
        const owner = refs.get(keyOf(url, ref));
        if (owner === undefined) return 'nobody';
        return owner === nameOf(agent) ? 'own' : 'other';
      };
    },
    note: async ({ repo, url }, agent, accepted) => {
      const turn = (writing.get(repo) ?? Promise.resolve())
        .catch(() => undefined)
        .then(() => change(repo, (refs) => take(refs, url, agent, accepted)));
      writing.set(repo, turn);
      try {
        await turn;
      } finally {
        if (writing.get(repo) === turn) writing.delete(repo);
      }
    },
  };
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

function nameOf({ id, generation }: Agent): string {
  return `${id} ${generation}`;
}

async function read(path: string): Promise<Refs> {
  const value = await readJson(path);
  if (value === undefined) return new Map();
  const checked = checkFile(value);
  // Forgetting only takes permissions away.
  return checked.kind === 'invalid' ? new Map() : new Map(Object.entries(checked.value.refs));
}
