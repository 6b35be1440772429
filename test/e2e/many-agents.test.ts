/** 32 agents in 32 containers commit 20 times each at once to one repository. */
import { join } from 'node:path';
import { addRepo, inAgentOk } from '../helpers/agents';
import { startDaemon } from '../helpers/daemon';
import { fsckStrict, git } from '../helpers/git';
import { makeRepo } from '../helpers/repo';

const agentCount = 32;
const commitCount = 20;

test('640 concurrent commits all arrive, nobody sees a lock error, the repository and the audit log are sound', async () => {
  const daemon = await startDaemon({ config: { log: { level: 'info' } } });
  const client = await daemon.connect();
  await addRepo(client, await makeRepo({ files: 100 }));
  const ids = Array.from({ length: agentCount }, (_, index) => `w${String(index)}`);
  const { results } = await client.call('agent.createMany', {
    agents: ids.map((id) => ({ id, repo: 'r', network: 'none' as const })),
  });
  expect(results.filter(({ error }) => error !== null)).toEqual([]);

  const script = `for i in $(seq ${String(commitCount)}); do echo $i > file.txt && git add file.txt && git commit -qm "commit $i" 2>>/tmp/errors || exit 1; done; cat /tmp/errors >&2`;
  const outputs = await Promise.all(ids.map((id) => inAgentOk(client, id, script)));
  expect(outputs.join('')).toBe('');

  const repository = join(daemon.stateDirectory, 'repos', 'r.git');
  const counts = await Promise.all(
    ids.map((id) => git(repository, ['rev-list', '--count', `main..agent/${id}`])),
  );
  expect(counts).toEqual(ids.map(() => String(commitCount)));
  await fsckStrict(repository);
  expect(await client.call('audit.verify', {})).toMatchObject({ valid: true });
  const { commits } = await client.call('commit.log', { limit: 1000 });
  expect(commits).toHaveLength(agentCount * commitCount);
}, 600_000);
