/** What names and ids that are an attack become in requests to the engine: never another request. */
import { createServer, type Server } from 'node:http';
import { join } from 'node:path';
import { createDockerRuntime } from '../../../../daemon/runtime/docker';
import { isAgentId } from '../../../../shared/ids';
import { tempDir } from '../../../helpers/temp-dir';

const asked: string[] = [];
let server: Server;
let socketPath: string;

beforeAll(async () => {
  socketPath = join(tempDir(), 'engine.sock');
  server = createServer((request, response) => {
    asked.push(`${request.method ?? ''} ${request.url ?? ''}`);
    const isList = /^\/containers\/json/.test(request.url ?? '');
    response.writeHead(isList ? 200 : 404, { 'Content-Type': 'application/json' });
    response.end(isList ? JSON.stringify(listed) : '{"message":"No such image"}');
  });
  await new Promise<void>((resolve) => server.listen(socketPath, resolve));
});

afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

beforeEach(() => asked.splice(0));

const stateHash = '0123456789abcdef';
const runtime = () => createDockerRuntime({ socketPath, stateHash, timeoutMs: 5000 });

const hostile = [
  '../containers/json?all=1#',
  'x/../../containers/prune?',
  'x?force=1&v=1',
  'x#',
  'x\r\nDELETE /containers/y HTTP/1.1\r\n\r\n',
  '%2e%2e/containers/json',
  '{"label":["a"]}',
];

/** Of a daemon with the same state, but forged: names no agent can have, and one that is another's. */
const listed = [...hostile, '--privileged', '__proto__', '', 'A'].map((agent, number) => ({
  Id: String(number),
  State: 'running',
  Labels: { 'gitiso.state': stateHash, 'gitiso.agent': agent, 'gitiso.generation': '0'.repeat(16) },
}));

test.each(hostile)('DK-07 an image %j is not asked for', async (name) => {
  await expect(runtime().image(name)).rejects.toMatchObject({ code: 'image-not-found' });
  expect(asked).toEqual([]);
});

test.each(['debian', 'registry.example:5000/a/b_c:v1.2', `a@sha256:${'0'.repeat(64)}`, 'f'.repeat(64)])(
  'DK-07 an image %j is asked for by this name',
  async (name) => {
    await expect(runtime().image(name)).rejects.toMatchObject({ code: 'image-not-found' });
    expect(asked).toEqual([`GET /images/${name}/json`]);
  },
);

test('DK-07 containers are asked for by the label of this state alone, and forged names are nobody’s', async () => {
  expect(await runtime().list()).toEqual([]);
  expect(asked).toHaveLength(1);
  const filters = new URL(asked[0]?.split(' ')[1] ?? '', 'http://engine').searchParams.get('filters') ?? '';
  expect(JSON.parse(filters)).toEqual({ label: [`gitiso.state=${stateHash}`] });
});

test.each(hostile)('DK-07 %j is no id of an agent, so no name and no label is made of it', (name) => {
  expect(isAgentId(name)).toBe(false);
});
