/** A minute of what `scripts/stress soak` does for half an hour: agents in containers at work while each fault happens once. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { dockerSocket } from '../helpers/docker-socket';
import { tempDir } from '../helpers/temp-dir';
import { allFaults, openSoak, type Soak } from '../survival/soak';

jest.setTimeout(180_000);

const workMs = 2000;
const agents = 4;

let soak: Soak;

beforeAll(async () => {
  const root = join(tempDir(), 'soak');
  mkdirSync(root);
  soak = await openSoak({ root, engine: dockerSocket(), agents, seed: 1 });
});

test.each([...allFaults.entries()])('agents work and nothing is lost (%i): %s', async (index, fault) => {
  const { problems, acknowledged, resources } = await soak.round(index + 1, workMs, [fault]);
  expect(problems).toEqual([]);
  expect(acknowledged).toBeGreaterThanOrEqual(agents);
  expect(resources).toMatchObject({ containers: agents, temporaryFiles: 0 });
});

test('the daemon has not grown, and takes everything with it that it has made', async () => {
  expect(soak.growth()).toEqual([]);
  expect(await soak.end()).toEqual([]);
});
