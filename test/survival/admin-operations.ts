/** What an administrator does meanwhile: repositories come, are fetched and go; agents in containers too, if there is an engine. */
import { join } from 'node:path';
import type { RpcClient } from '../../client/rpc-client';
import type { Chance } from './chance';
import type { Ledger } from './ledger';
import type { World } from './world';

/** Throws what the daemon answers, or that it is gone: then what was asked is unsure. */
export async function adminOperation(world: World, chance: Chance, withContainers: boolean): Promise<void> {
  const { daemon, ledger } = world;
  const client = daemon.client();
  const there = [...ledger.repositories].filter(([, state]) => state === 'there').map(([id]) => id);
  const choice = chance.below(withContainers ? 6 : 4);
  if (choice === 0) await client.call('repo.fetch', { id: 'r' });
  else if (choice === 1 && there.length < 3) await addRepository(world, client);
  else if (choice === 2 && there[0] !== undefined) await removeRepository(ledger, client, there[0]);
  else if (choice === 3 && there[0] !== undefined) await client.call('repo.fetch', { id: there[0] });
  else if (choice > 3) await changeAgents(world, client);
}

async function addRepository({ root, remote, ledger, next }: World, client: RpcClient): Promise<void> {
  const number = next();
  const id = `x${String(number)}`;
  ledger.repositories.set(id, 'unsure');
  // Other locations than the one that is registered: by path, and by another spelling of the URL.
  const location = number % 2 === 0 ? remote : `file://${join(root, '.', 'remote.git')}/.`;
  await client.call('repo.add', { location, id });
  ledger.repositories.set(id, 'there');
}

async function removeRepository(ledger: Ledger, client: RpcClient, id: string): Promise<void> {
  ledger.repositories.set(id, 'unsure');
  await client.call('repo.remove', { id, force: true });
  ledger.repositories.set(id, 'gone');
}

async function changeAgents({ ledger, next }: World, client: RpcClient): Promise<void> {
  const there = [...ledger.agents].find(([, state]) => state === 'there')?.[0];
  const gone = [...ledger.agents].find(([, state]) => state === 'gone')?.[0];
  if (there !== undefined) {
    ledger.agents.set(there, 'unsure');
    await client.call('agent.remove', { id: there, force: false });
    ledger.agents.set(there, 'gone');
  } else if (gone !== undefined && next() % 2 === 0) {
    ledger.agents.set(gone, 'unsure');
    await client.call('agent.restore', { id: gone });
    ledger.agents.set(gone, 'there');
  } else {
    const id = `c${String(next())}`;
    ledger.agents.set(id, 'unsure');
    await client.call('agent.create', { id, repo: 'r', network: 'none' });
    ledger.agents.set(id, 'there');
  }
}
