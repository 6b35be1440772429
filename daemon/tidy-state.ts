/**
 * What a daemon that was killed left lying in the state directory and nobody will ask for again. Runs at start, with the
 * state lock, before anything else reads the directory; touches only folders that no agent can write.
 */
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { isUnfinishedWrite } from './durable-file';
import { removeLeftovers } from './git/remove-leftovers';
import type { Layout } from './layout';
import type { Logger } from './log';
import { newPrefix } from './repos/load-repos';

/** `wasRebooted`: caches that are written without syncs may be damaged: they are made again. */
export async function tidyState(layout: Layout, wasRebooted: boolean, log: Logger): Promise<void> {
  const cloneViews = join(layout.repos, '.clone-views');
  const left = [
    ...(await find(layout.staging, () => true)),
    ...(await find(layout.audit, isUnfinishedWrite)),
    ...(await find(layout.removedAgents, isUnfinishedWrite)),
    ...(await find(join(layout.repos, '.published'), (name) => name.endsWith('.new'))),
    ...(await find(cloneViews, (name) => wasRebooted || name.startsWith('new-'))),
  ];
  for (const agent of await namesIn(layout.agents))
    left.push(...(await find(join(layout.agents, agent), isUnfinishedWrite)));
  for (const repo of await namesIn(layout.mirrors)) {
    const isCache = (name: string) => wasRebooted && name.endsWith('.git');
    left.push(
      ...(await find(
        join(layout.mirrors, repo),
        (name) => isCache(name) || name.startsWith(newPrefix) || isUnfinishedWrite(name),
      )),
    );
  }
  for (const path of left) await rm(path, { recursive: true, force: true });
  for (const repo of await namesIn(layout.mirrors))
    for (const mirror of await find(join(layout.mirrors, repo), (name) => name.endsWith('.git')))
      await removeLeftovers(mirror, log);
  if (left.length > 0) log.info('removed what an earlier daemon left', { count: left.length });
}

async function find(folder: string, accept: (name: string) => boolean): Promise<readonly string[]> {
  return (await namesIn(folder)).filter(accept).map((name) => join(folder, name));
}

async function namesIn(folder: string): Promise<readonly string[]> {
  return readdir(folder).catch(() => []);
}
