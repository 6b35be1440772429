/** Measures the figures that are named on the command line, or all of them (scripts/bench). */
import type { RpcClient } from '../../client/rpc-client';
import { commitFigures } from './commit-figures';
import { createFigures, removeBareContainers } from './create-figures';
import { hostileFigureNames, hostileFigures } from './hostile-figure';
import { startDaemon, stopDaemon } from './setting';
import { throughputFigure } from './throughput-figure';
import { transactionFigureNames, transactionFigures } from './transaction-figures';

const known = [
  'commit-1k',
  'commit-1k-default',
  'commit-100k',
  'commit-exec',
  'status-1k',
  'log-1k',
  'throughput-32',
  'create-1k',
  'create-many-32',
  'disk-idle-agent',
  'memory-base',
  'memory-agent',
  ...transactionFigureNames,
  ...hostileFigureNames,
];

async function main(names: readonly string[]): Promise<number> {
  if (names.includes('--list')) {
    process.stdout.write(`${known.join('\n')}\n`);
    return 0;
  }
  const unknown = names.find((name) => !known.includes(name));
  if (unknown !== undefined) {
    process.stderr.write(`bench: no such figure: ${unknown}\nfigures: ${known.join(' ')}\n`);
    return 2;
  }
  const wanted = (figure: string): boolean => names.length === 0 || names.includes(figure);
  const client = await startDaemon();
  try {
    await createFigures(client, wanted);
    await commitFigures(client, wanted);
    await transactionFigures(client, wanted);
    await hostileFigures(client, wanted);
    if (wanted('throughput-32')) await throughputFigure(client);
    return 0;
  } finally {
    await removeAgents(client);
    await removeBareContainers();
    client.close();
    await stopDaemon();
  }
}

async function removeAgents(client: RpcClient): Promise<void> {
  const { agents } = await client.call('agent.list', {});
  for (const { id } of agents) await client.call('agent.remove', { id, force: true });
}

main(process.argv.slice(2)).then(
  (code) => (process.exitCode = code),
  (error: unknown) => {
    process.stderr.write(
      `bench: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
    );
    process.exitCode = 1;
  },
);
