/** A wire to the real Docker Engine that a test can cut, as if the engine had stopped in the middle of something. */
import { connect, createServer, type Socket } from 'node:net';
import { once } from 'node:events';
import { join } from 'node:path';
import { dockerSocket } from './docker-socket';
import { tempDir } from './temp-dir';

export interface EngineWire {
  readonly socket: string;
  /** From now on nothing goes through; connections end. */
  readonly cut: () => void;
  readonly mend: () => void;
  /** Cuts as soon as a request whose first line contains the text passes. */
  readonly cutAt: (text: string) => void;
  readonly close: () => Promise<void>;
}

export async function openEngineWire(): Promise<EngineWire> {
  const socket = join(tempDir(), 'w.sock');
  const open = new Set<Socket>();
  let isCut = false;
  let trigger: string | null = null;

  const cut = (): void => {
    isCut = true;
    for (const one of open) one.destroy();
  };
  const server = createServer((client) => {
    if (isCut) {
      client.destroy();
      return;
    }
    const engine = connect(dockerSocket());
    for (const one of [client, engine]) {
      open.add(one);
      one.on('error', () => one.destroy()).on('close', () => open.delete(one));
    }
    client.on('data', (data) => {
      if (trigger !== null && data.toString('latin1', 0, 400).includes(trigger)) {
        trigger = null;
        cut();
      } else {
        engine.write(data);
      }
    });
    client.on('end', () => engine.end());
    engine.pipe(client);
  });
  await once(server.listen(socket), 'listening');

  return {
    socket,
    cut,
    mend: () => (isCut = false),
    cutAt: (text) => (trigger = text),
    close: async () => {
      cut();
      server.close();
      await once(server, 'close');
    },
  };
}
