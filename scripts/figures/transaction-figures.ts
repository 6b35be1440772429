/** txn-*: commands that the real git runs and whose ref transactions its hook carries to the daemon. */
import type { RpcClient } from '../../client/rpc-client';
import { median, printFigure, spreadOf } from './figure';
import { addRepository, createAgent, inAgent, plainClone, timePairs } from './setting';

interface Measured {
  readonly name: string;
  /** Untimed, before each round; `git` is the one that is measured, so that it works on both sides. */
  readonly setUp: (git: string) => string;
  readonly command: string;
  readonly rounds: number;
  /** Milliseconds above 1.5 × native that are allowed. */
  readonly allowance: 10 | 25;
}

const work = 'bench-work';
const commands: readonly Measured[] = [
  {
    name: 'commit-hooks',
    setUp: (git) => `${git} checkout -q ${work} && echo hook $I > d0/e1/f60.txt && ${git} add -u`,
    command: 'commit -m change-{i}',
    rounds: 40,
    allowance: 25,
  },
  {
    name: 'rebase-20',
    setUp: (git) => `${git} checkout -q -B ${work} bench-topic`,
    command: 'rebase -q bench-onto',
    rounds: 12,
    allowance: 25,
  },
  {
    name: 'stash-push',
    setUp: (git) => `${git} checkout -q ${work} && echo stash $I > d0/e1/f61.txt`,
    command: 'stash push -q',
    rounds: 40,
    allowance: 25,
  },
  {
    name: 'stash-pop',
    setUp: (git) => `${git} reset -q --hard && echo pop $I > d0/e1/f61.txt && ${git} stash push -q`,
    command: 'stash pop -q',
    rounds: 40,
    allowance: 25,
  },
  {
    name: 'branch-create',
    setUp: (git) => `${git} reset -q --hard`,
    command: 'branch made-{i}',
    rounds: 60,
    allowance: 10,
  },
  { name: 'branch-delete', setUp: () => '', command: 'branch -q -D made-{i}', rounds: 60, allowance: 10 },
  {
    name: 'checkout-b',
    setUp: (git) => `${git} checkout -q ${work}`,
    command: 'checkout -q -b new-{i}',
    rounds: 60,
    allowance: 10,
  },
];

export const transactionFigureNames: readonly string[] = ['10', '10k'].flatMap((refs) =>
  commands.map(({ name }) => `txn-${name}-${refs}`),
);

export async function transactionFigures(
  client: RpcClient,
  wanted: (figure: string) => boolean,
): Promise<void> {
  for (const [suffix, refs] of [
    ['10', 10],
    ['10k', 10_000],
  ] as const) {
    const chosen = commands.filter(({ name }) => wanted(`txn-${name}-${suffix}`));
    if (chosen.length > 0) await measure(client, suffix, refs, chosen);
  }
}

async function measure(
  client: RpcClient,
  suffix: string,
  refs: number,
  chosen: readonly Measured[],
): Promise<void> {
  const agent = `bench-refs-${suffix}`;
  await createAgent(client, agent, await addRepository(client, 1000, refs));
  const plain = await plainClone(client, agent, 'plain', false);
  await inAgent(client, agent, [
    'sh',
    '-c',
    `cd ${plain} && git fetch -q origin '+refs/heads/many/*:refs/heads/many/*' && git pack-refs --all`,
  ]);
  for (const dir of ['/workspace', plain]) await inAgent(client, agent, ['sh', '-c', prepare(dir)]);
  for (const { name, setUp, command, rounds, allowance } of chosen) {
    const hook = name === 'commit-hooks';
    for (const dir of ['/workspace', plain])
      await inAgent(client, agent, [
        'sh',
        '-c',
        `cd ${dir} && ${hook ? addHook : 'rm -f .git/hooks/pre-commit'}`,
      ]);
    const { a, b } = await timePairs(
      client,
      agent,
      rounds,
      { dir: '/workspace', setUp: setUp('git'), command: `git ${command}` },
      { dir: plain, setUp: setUp('/usr/bin/git'), command: `/usr/bin/git ${command}` },
    );
    printFigure({
      figure: `txn-${name}-${suffix}`,
      value: median(a),
      unit: 'ms',
      peer: `git ${command.split(' ')[0] ?? ''} in a plain clone, default settings (not durable)`,
      peerValue: median(b),
      goal: `<= 1.5 x peer + ${String(allowance)} ms (${(1.5 * median(b) + allowance).toFixed(1)} ms)`,
      n: rounds,
      spread: spreadOf(a),
      conditions: `1000 files, ${String(refs)} more refs; whole process inside the container`,
    });
  }
}

const addHook = "printf '#!/bin/sh\\nexit 0\\n' > .git/hooks/pre-commit && chmod +x .git/hooks/pre-commit";

/** Twenty commits to be rebased onto one that does not touch their files. */
function prepare(dir: string): string {
  return [
    `cd ${dir}`,
    'git checkout -q -b bench-onto',
    'echo onto > d0/e0/onto.txt && git add -A . && git commit -q -m onto',
    'git checkout -q -b bench-topic HEAD~1',
    'for n in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20',
    'do echo $n > d0/e1/f5$n.txt; git add d0 && git commit -q -m topic-$n; done',
    `git checkout -q -b ${work}`,
  ].join('\n');
}
