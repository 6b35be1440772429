/** throughput-32: edit, add and commit in 32 containers at once, against 32 plain clones in the same containers. */
import type { RpcClient } from '../../client/rpc-client';
import { printFigure } from './figure';
import { addRepository, agentOptions, inAgent, plainClone } from './setting';

const agents = 32;
const commits = 20;

export async function throughputFigure(client: RpcClient): Promise<void> {
  const repo = await addRepository(client, 200);
  const ids = Array.from({ length: agents }, (_, index) => `burst-${String(index)}`);
  const { results } = await client.call('agent.createMany', {
    agents: ids.map((id) => agentOptions(id, repo)),
  });
  const failed = results.find(({ error }) => error !== null);
  if (failed) throw new Error(`agent ${failed.id}: ${failed.error?.message ?? ''}`);
  for (const id of ids) await plainClone(client, id, 'plain-durable', true);

  const setUp = 'echo change $I > d0/e1/f60.txt && /usr/bin/git add d0/e1/f60.txt';
  const ours = await burst(client, ids, '/workspace', setUp, 'git commit -q -m change-{i}');
  const theirs = await burst(
    client,
    ids,
    '/workspace/plain-durable',
    setUp,
    '/usr/bin/git commit -q -m change-{i}',
  );
  const oursAgain = await burst(
    client,
    ids,
    '/workspace',
    setUp.replace('change', 'again'),
    'git commit -q -m again-{i}',
  );
  const theirsAgain = await burst(
    client,
    ids,
    '/workspace/plain-durable',
    setUp.replace('change', 'again'),
    '/usr/bin/git commit -q -m again-{i}',
  );
  printFigure({
    figure: 'throughput-32',
    value: (ours + oursAgain) / 2,
    unit: 'commits/s',
    peer: '32 plain clones, git commit, core.fsync=all',
    peerValue: (theirs + theirsAgain) / 2,
    goal: 'ratio >= 2',
    n: agents * commits * 2,
    spread: Math.abs(ours - oursAgain) / ours,
    conditions: `${String(agents)} containers at once, ${String(commits)} times edit + git add + git commit each, both sides; 200 files`,
  });
}

async function burst(
  client: RpcClient,
  ids: readonly string[],
  dir: string,
  setUp: string,
  command: string,
): Promise<number> {
  const start = Date.now() + 6000;
  const ends = await Promise.all(
    ids.map((id) =>
      inAgent(client, id, [
        '/tools/time-pairs',
        'burst',
        `${String(start)}000000`,
        String(commits),
        dir,
        setUp,
        command,
      ]),
    ),
  );
  const seconds = (Math.max(...ends.map(Number)) / 1e6 - start) / 1000;
  return (ids.length * commits) / seconds;
}
