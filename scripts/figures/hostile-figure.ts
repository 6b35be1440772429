/** hostile-neighbour-*: commits of one agent while another floods the daemon, against the same commits in quiet. */
import { createConnection, type Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { RpcClient } from '../../client/rpc-client';
import { median, printFigure, spreadOf } from './figure';
import { addRepository, createAgent, inAgent, stateDirectory, timePairs } from './setting';

/** Runs until the signal aborts, as fast as it can; resolves with the number of attempts. */
type Flood = (client: RpcClient, signal: AbortSignal) => Promise<number>;

const hostile = 'bench-hostile';
const victim = 'bench-victim';
const rounds = 25;
const socketPath = () => join(stateDirectory, 'agents', hostile, 'run', 'gitiso.sock');

const branches = 'i=0; while :; do i=$((i+1)); git branch $P-$$-$i 2>/dev/null; done';

const floods: Readonly<Record<string, Flood>> = {
  connects: (_client, signal) => inLanes(32, signal, oneConnect),
  frames: (_client, signal) => inLanes(8, signal, () => oneExchange('{"jsonrpc":"2.0",}\n')),
  denials: (_client, signal) => inLanes(8, signal, () => oneExchange(batch('agent.remove', { id: 'x' }))),
  // The first two say what the others are to be compared with: no request reaches the daemon.
  spin: (client, signal) => inContainer(client, signal, 'while :; do :; done'),
  forks: (client, signal) =>
    inContainer(client, signal, 'while :; do /usr/bin/git version > /dev/null; done'),
  burst: (client, signal) => inContainer(client, signal, branches),
  refs: (client, signal) => inContainer(client, signal, branches),
  commits: (client, signal) =>
    inContainer(
      client,
      signal,
      'while :; do head -c 20000000 /dev/urandom > big-$P; git add big-$P; git commit -qm big; done',
    ),
};

/** How long a flood runs before it is measured: `limits.agentChangesPerMinute` lets a minute's worth pass at once. */
const leadMs: Readonly<Record<string, number>> = { refs: 20_000 };

export const hostileFigureNames = Object.keys(floods).map((name) => `hostile-neighbour-${name}`);

export async function hostileFigures(client: RpcClient, wanted: (figure: string) => boolean): Promise<void> {
  if (!hostileFigureNames.some(wanted)) return;
  const repo = await addRepository(client, 200);
  await createAgent(client, hostile, repo);
  await createAgent(client, victim, repo);
  await timeCommits(client, 'warm');
  for (const [name, flood] of Object.entries(floods)) {
    const figure = `hostile-neighbour-${name}`;
    if (!wanted(figure)) continue;
    const before = await timeCommits(client, `${name}-before`);
    const ending = new AbortController();
    const flooding = flood(client, ending.signal);
    await sleep(leadMs[name] ?? 0);
    const during = await timeCommits(client, `${name}-during`);
    ending.abort();
    const attempts = await flooding;
    const after = await timeCommits(client, `${name}-after`);
    const quiet = [...before, ...after];
    printFigure({
      figure,
      value: median(during),
      unit: 'ms',
      peer: 'the same commits without the flood, before and after it',
      peerValue: median(quiet),
      goal: 'ratio <= 2',
      n: during.length,
      spread: spreadOf(during),
      conditions: `two agents of one repository, 200 files; ${String(attempts)} attempts meanwhile`,
    });
  }
}

async function timeCommits(client: RpcClient, label: string): Promise<number[]> {
  const commit = {
    dir: '/workspace',
    setUp: `echo ${label} $I > d0/e1/f60.txt && /usr/bin/git add d0/e1/f60.txt`,
    command: `git commit -q -m ${label}-{i}`,
  };
  const nothing = { dir: '/', setUp: '', command: 'true' };
  return (await timePairs(client, victim, rounds, commit, nothing)).a;
}

async function inLanes(lanes: number, signal: AbortSignal, once: () => Promise<void>): Promise<number> {
  let attempts = 0;
  const lane = async () => {
    while (!signal.aborted) {
      await once();
      attempts += 1;
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  return attempts;
}

function oneConnect(): Promise<void> {
  return untilClosed((socket) => socket.on('connect', () => socket.destroy()));
}

/** Says something and leaves after the first answer. */
function oneExchange(text: string): Promise<void> {
  return untilClosed((socket) => {
    socket.on('connect', () => socket.write(text));
    socket.on('data', () => socket.destroy());
  });
}

/** Also a connection that is refused has closed. */
function untilClosed(use: (socket: Socket) => void): Promise<void> {
  return new Promise((resolve) => {
    const socket = createConnection(socketPath());
    socket.on('error', () => undefined);
    socket.on('close', () => setImmediate(resolve));
    use(socket);
  });
}

function batch(method: string, params: object): string {
  const calls = Array.from({ length: 20 }, (_, id) => ({ jsonrpc: '2.0', id, method, params }));
  return `${JSON.stringify(calls)}\n`;
}

/** Two shells of the agent's, ended by a file. */
async function inContainer(client: RpcClient, signal: AbortSignal, script: string): Promise<number> {
  const running = inAgent(client, hostile, [
    'sh',
    '-c',
    `for P in 1 2; do (${script}) & done; while [ ! -e /workspace/stop ]; do sleep 0.1; done; kill 0`,
  ]).catch(() => '');
  await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
  await inAgent(client, hostile, ['touch', '/workspace/stop']);
  await running;
  await inAgent(client, hostile, ['rm', '-f', '/workspace/stop']);
  return 2;
}
