/** commit-*, status-1k, log-1k: whole processes in the container, in turn with their peers. */
import { execFileSync } from 'node:child_process';
import type { RpcClient } from '../../client/rpc-client';
import { median, printFigure, spreadOf } from './figure';
import { addRepository, createAgent, engine, inAgent, plainClone, timePairs } from './setting';

const change = (git: string) => `echo change $I > d0/e1/f60.txt && ${git} add d0/e1/f60.txt`;
const realGit = '/usr/bin/git';
const forwarded = { dir: '/workspace', setUp: change(realGit), command: 'git commit -m change-{i}' };
const conditions = (files: number) =>
  `${String(files)} files, one changed and staged; whole process inside the container`;

export async function commitFigures(client: RpcClient, wanted: (figure: string) => boolean): Promise<void> {
  if (['commit-1k', 'commit-1k-default', 'commit-exec', 'status-1k', 'log-1k'].some(wanted))
    await small(client, wanted);
  if (wanted('commit-100k')) await large(client);
}

async function small(client: RpcClient, wanted: (figure: string) => boolean): Promise<void> {
  const agent = 'bench-commit';
  await createAgent(client, agent, await addRepository(client, 1000));
  const durable = await plainClone(client, agent, 'plain-durable', true);
  const plain = await plainClone(client, agent, 'plain-default', false);
  const native = (dir: string) => ({
    dir,
    setUp: change(realGit),
    command: `${realGit} commit -m change-{i}`,
  });
  await timePairs(client, agent, 5, forwarded, native(durable));

  if (wanted('commit-1k'))
    await report(
      client,
      agent,
      'commit-1k',
      native(durable),
      'git commit, core.fsync=all',
      'ratio <= 0.5',
      1000,
      60,
    );
  if (wanted('commit-1k-default'))
    await report(
      client,
      agent,
      'commit-1k-default',
      native(plain),
      'git commit, default settings (not durable)',
      'ratio <= 0.8',
      1000,
      60,
    );
  if (wanted('commit-exec')) await exec(client, agent, plain);
  for (const [figure, command] of [
    ['status-1k', 'status'],
    ['log-1k', 'log -1'],
  ] as const) {
    if (!wanted(figure)) continue;
    const times = await timePairs(
      client,
      agent,
      100,
      { dir: '/workspace', setUp: '', command: `git ${command}` },
      { dir: '/workspace', setUp: '', command: `${realGit} ${command}` },
    );
    printFigure({
      figure,
      value: median(times.a),
      unit: 'ms',
      peer: `the real git ${command}`,
      peerValue: median(times.b),
      goal: '<= 0.5 ms more',
      n: times.a.length,
      spread: spreadOf(times.a),
      conditions: '1000 files; through the shim against the real git called directly',
    });
  }
}

async function large(client: RpcClient): Promise<void> {
  const agent = 'bench-100k';
  await createAgent(client, agent, await addRepository(client, 100_000));
  const durable = await plainClone(client, agent, 'plain-durable', true);
  const native = { dir: durable, setUp: change(realGit), command: `${realGit} commit -m change-{i}` };
  await timePairs(client, agent, 2, forwarded, native);
  await report(
    client,
    agent,
    'commit-100k',
    native,
    'git commit, core.fsync=all',
    'ratio <= 0.2',
    100_000,
    30,
  );
}

async function report(
  client: RpcClient,
  agent: string,
  figure: string,
  peer: { dir: string; setUp: string; command: string },
  name: string,
  goal: string,
  files: number,
  rounds: number,
): Promise<void> {
  const { a, b } = await timePairs(client, agent, rounds, forwarded, peer);
  printFigure({
    figure,
    value: median(a),
    unit: 'ms',
    peer: name,
    peerValue: median(b),
    goal,
    n: rounds,
    spread: spreadOf(a),
    conditions: conditions(files),
  });
}

/** The first seed's way: every git command by `docker exec` from the host. */
async function exec(client: RpcClient, agent: string, plain: string): Promise<void> {
  const { containerId } = (await client.call('agent.show', { id: agent })).agent;
  const ours: number[] = [];
  const theirs: number[] = [];
  for (let round = 0; round < 30; round += 1) {
    const [time] = (
      await timePairs(
        client,
        agent,
        1,
        {
          ...forwarded,
          command: `git commit -m exec-${String(round)}`,
          setUp: forwarded.setUp.replace('$I', `exec ${String(round)}`),
        },
        { dir: '/', setUp: '', command: 'true' },
      )
    ).a;
    ours.push(time ?? NaN);
    await inAgent(client, agent, [
      'sh',
      '-c',
      `cd ${plain} && ${change(realGit).replace('$I', `exec ${String(round)}`)}`,
    ]);
    const start = performance.now();
    execFileSync(
      'docker',
      ['-H', engine, 'exec', '-w', plain, containerId ?? '', realGit, 'commit', '-m', 'exec'],
      { stdio: 'ignore' },
    );
    theirs.push(performance.now() - start);
  }
  printFigure({
    figure: 'commit-exec',
    value: median(ours),
    unit: 'ms',
    peer: 'docker exec … git commit',
    peerValue: median(theirs),
    goal: 'ratio <= 0.1',
    n: ours.length,
    spread: spreadOf(ours),
    conditions: '1000 files, one changed and staged',
  });
}
