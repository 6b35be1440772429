/** Rebases of many commits, one after the other: the hook that is put aside meanwhile is never away when git runs it. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { git } from '../../../helpers/git';
import { tempDir } from '../../../helpers/temp-dir';
import { makeShimTemplate } from '../../../survival/shim-for';
import { makeWorld, type World } from '../../../survival/world';

jest.setTimeout(120_000);

const commits = 12;
const rebases = 12;

let world: World;

beforeAll(async () => {
  const root = tempDir();
  const shim = makeShimTemplate(join(root, 'a1'), join(root, 'shim'));
  world = await makeWorld({ root, agents: 1, engine: null, shim });
  await world.daemon.start();
});

afterAll(() => world.remove());

test('every rebase succeeds, and the daemon has what the workspace has', async () => {
  const [agent] = world.agents;
  if (agent === undefined) throw new Error('there is no agent');
  for (let number = 1; number <= commits; number += 1) {
    writeFileSync(join(agent.workspace, `file-${String(number)}`), '');
    await agent.look(['add', '-A']);
    await agent.look(['commit', '-q', '-m', `commit ${String(number)}`]);
  }
  const repository = join(world.state, 'repos', 'r.git');
  for (let number = 1; number <= rebases; number += 1) {
    const before = await agent.look(['rev-parse', 'HEAD']);
    const ended = await agent.git(['rebase', '-q', '--force-rebase', `HEAD~${String(commits)}`]);
    expect(ended).toMatchObject({ code: 0, stderr: '' });
    const after = await agent.look(['rev-parse', 'HEAD']);
    expect(await git(repository, ['rev-parse', agent.ref])).toBe(after);
    expect(await agent.look(['rev-parse', `${after}^{tree}`])).toBe(
      await agent.look(['rev-parse', `${before}^{tree}`]),
    );
  }
});
