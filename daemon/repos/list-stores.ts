/** Every bare repository of the daemon's that the journal can name, as they lie on disk. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { RepoId } from '../../shared/ids';
import type { Layout } from '../layout';
import { atticOf, isStoreName, type StoreName } from '../stores';
import { hasAttic } from './attic';

export async function listStores(
  layout: Layout,
  repos: readonly { readonly id: RepoId }[],
): Promise<readonly StoreName[]> {
  const stores: StoreName[] = [];
  for (const { id } of repos) {
    stores.push(id);
    if (await hasAttic(layout, id)) stores.push(atticOf(id));
    for (const name of await readdir(join(layout.privateRepos, id)).catch(() => [])) {
      const store = `${id}/${name.replace(/\.git$/, '')}`;
      if (name.endsWith('.git') && isStoreName(store)) stores.push(store);
    }
  }
  return stores;
}
