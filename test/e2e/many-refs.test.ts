/** An agent's life in a repository with more refs than one message or a default limit holds. */
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RpcClient } from '../../client/rpc-client';
import { addRepo, createAgent, inAgentOk } from '../helpers/agents';
import { startDaemon, type TestDaemon } from '../helpers/daemon';
import { git } from '../helpers/git';
import { makeRepo } from '../helpers/repo';

const count = 15_000;
let daemon: TestDaemon;
let client: RpcClient;

beforeAll(async () => {
  const source = await makeRepo();
  const head = await git(source, ['rev-parse', 'main']);
  await git(source, ['pack-refs', '--all']);
  const tags = Array.from({ length: count }, (_, index) => `refs/tags/of-some-length/${String(index)}`);
  const lines = tags.sort().map((name) => `${head} ${name}\n`);
  appendFileSync(join(source, '.git', 'packed-refs'), lines.join(''));
  daemon = await startDaemon();
  client = await daemon.connect();
  await addRepo(client, source);
});

test('removing an agent keeps its work, and restoring it brings that back', async () => {
  await createAgent(client, 'one');
  expect(await inAgentOk(client, 'one', 'git tag | wc -l')).toBe(String(count));
  await inAgentOk(client, 'one', 'echo done > done; git add done; git commit -qm done; echo work > work');
  const removed = await client.call('agent.remove', { id: 'one', force: true });
  expect(removed).toMatchObject({ snapshot: 'refs/gitiso/snapshots/one/1', warnings: [] });
  await client.call('agent.restore', { id: 'one' });
  expect(await inAgentOk(client, 'one', 'cat done work; git tag | wc -l')).toBe(
    `done\nwork\n${String(count)}`,
  );
});
