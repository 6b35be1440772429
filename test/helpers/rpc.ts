/** Connections of tests to a daemon; all are closed after the test file at the latest. */
import { connect, type RpcClient } from '../../client/rpc-client';

const open = new Set<RpcClient>();

/** Connects to an admin or agent socket. Throws GitisoError 'daemon-unreachable'. */
export async function connectTo(socketPath: string): Promise<RpcClient> {
  const client = await connect(socketPath);
  open.add(client);
  client.closed.addEventListener('abort', () => open.delete(client), { once: true });
  return client;
}

afterAll(() => {
  for (const client of open) client.close();
});
