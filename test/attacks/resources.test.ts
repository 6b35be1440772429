/** An agent that takes all it can get, and reaches for what is around its container (docs/threats.md, RS and DK). */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { dockerSocket } from '../helpers/docker-socket';
import { commitOf, idOf, looseFile, packOf, treeOf, type Item } from '../helpers/forged-objects';
import { attacker, attackSuite, bystander, ownRef, type AttackStage } from './harness/attack-stage';
import { person, refusalOf, sendCommit, sendProposal } from './harness/requests';

const mebibyte = 1 << 20;
const limits = { acceptedBytesPerAgent: 3 * mebibyte, agentChangesPerMinute: 40 };
const { attack } = attackSuite({ config: { limits } });
const own = { refs: new RegExp(`^${ownRef}$`), objects: true };

/** Resident memory of the daemon; bytes. */
function memoryOf(stage: AttackStage): number {
  const status = readFileSync(`/proc/${String(stage.daemon.pid())}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) * 1024;
}

attack('DK-06', 'the daemon copies nothing out of a hostile container, nor into it', async (stage) => {
  const filter = `container=${await stage.container()}`;
  const events = spawn('docker', [
    ...['-H', `unix://${dockerSocket()}`, 'events', '--since', '0', '--filter', filter],
    ...['--format', '{{.Action}}'],
  ]);
  let seen = '';
  events.stdout.on('data', (text: Buffer) => (seen += text.toString()));
  await stage.client.call('agent.stats', { id: attacker });
  await stage.client.call('agent.logs', { id: attacker });
  await stage.shell.ok('echo left > left');
  await expect(stage.client.call('agent.remove', { id: attacker })).rejects.toMatchObject({
    code: 'agent-has-work',
  });
  await stage.client.call('agent.stop', { id: attacker });
  await stage.client.call('agent.start', { id: attacker });
  await stage.renew();
  await stage.shell.ok('rm left');
  while (!/^start$/m.test(seen)) await once(events.stdout, 'data');
  events.kill();
  await once(events, 'close');
  expect(seen).not.toMatch(/^(archive-path|extract-to-dir|copy|export|commit)/m);
});

attack(
  'DK-09',
  'neither the engine, nor a metadata service, nor another agent can be reached',
  async (stage) => {
    expect(await stage.shell.ok("tail -n +3 /proc/net/dev | cut -d: -f1 | tr -d ' '")).toBe('lo');
    for (const address of ['169.254.169.254:80', '172.17.0.1:2375', '127.0.0.1:2375', '127.0.0.1:2376'])
      expect(
        await stage.shell.ok(
          `perl -MIO::Socket::INET -e 'print IO::Socket::INET->new(PeerAddr => $ARGV[0], Timeout => 5) ? "reached" : "no"' ${address}`,
        ),
      ).toBe('no');
    expect(
      await stage.shell.ok('ls /var/run/docker.sock /run/docker.sock 2>&1 | grep -c "No such file"'),
    ).toBe('2');
    // The capabilities of a process of root's, which could have changed that.
    expect(
      await stage.shell.ok("grep -hE '^Cap(Prm|Eff|Bnd|Amb)' /proc/self/status | cut -f2 | sort -u"),
    ).toBe('0000000000000000');
  },
);

attack('RS-09', 'frames of the worst shape, many at once', async (stage) => {
  const params = `[${'[[[[],[]],[[],[]]]],'.repeat(45_000)}0]`;
  const frame = Buffer.from(`{"jsonrpc":"2.0","id":1,"method":"transaction.propose","params":${params}}\n`);
  expect(frame.length).toBeLessThan(mebibyte);
  const before = memoryOf(stage);
  const peers = Array.from({ length: 4 }, () => stage.peer('lines'));
  for (const peer of peers) for (let round = 0; round < 3; round += 1) peer.write(frame);
  await stage.client.call('daemon.status', {});
  for (const peer of peers)
    expect(await peer.next()).toMatchObject({ value: { error: expect.anything() as unknown } });
  expect(memoryOf(stage) - before).toBeLessThan(300 * mebibyte);
});

attack(
  'RS-06',
  'packs by the dozen are taken in by turns',
  async (stage) => {
    const before = memoryOf(stage);
    const missing = '1'.repeat(40);
    const old = await stage.valueOf(ownRef);
    const pack = () => Promise.resolve(packOf(['blob', randomBytes(mebibyte)]));
    const answers = await Promise.all(
      Array.from({ length: 12 }, () => sendProposal(stage, [{ ref: ownRef, old, new: missing }], { pack })),
    );
    for (const answer of answers)
      expect(refusalOf(answer)).toMatch(/object-missing|limit-exceeded|quota-exceeded/);
    expect(memoryOf(stage) - before).toBeLessThan(200 * mebibyte);
  },
  own,
  120_000,
);

attack(
  'RS-04',
  'an agent that brings more than its share is refused, and nobody else is',
  async (stage) => {
    const bring = async (): Promise<Readonly<Record<string, unknown>>> => {
      const blob: Item = ['blob', randomBytes(mebibyte)];
      const entries = [{ path: 'large', id: idOf(blob) }];
      return sendCommit(stage, { entries, objects: [[idOf(blob), looseFile(blob)]] });
    };
    expect(await bring()).toMatchObject({ result: { exitCode: 0 } });
    for (let round = 0; round < 2; round += 1) await bring();
    expect(refusalOf(await bring())).toMatch(/quota-exceeded/);
    // Of packs the one that goes beyond it is the last.
    const byPack = async () => {
      const blob: Item = ['blob', randomBytes(mebibyte)];
      const tree = treeOf(['100644', 'large', idOf(blob)]);
      const old = await stage.valueOf(ownRef);
      const commit = commitOf({ tree: idOf(tree), parents: [old], author: person });
      return sendProposal(stage, [{ ref: ownRef, old, new: idOf(commit) }], {
        pack: packOf(blob, tree, commit),
      });
    };
    expect(await byPack()).toMatchObject({ result: { exitCode: 0 } });
    expect(refusalOf(await byPack())).toMatch(/quota-exceeded/);
  },
  own,
  120_000,
);

attack(
  'RS-05',
  'commits without end have to wait, and those of others go on between them',
  async (stage) => {
    const parent = await stage.valueOf(ownRef);
    const peers = Array.from({ length: 8 }, () => stage.peer());
    let done = 0;
    const all = peers.flatMap((peer) =>
      Array.from({ length: 16 }, () =>
        sendCommit(stage, { argv: ['commit', '--allow-empty', '-m', 'flood'], parent }, peer).then(
          () => (done += 1),
          () => 0,
        ),
      ),
    );
    await stage.bystanderShell.ok(
      'git commit -q --allow-empty -m between && git commit -q --allow-empty -m them',
    );
    expect(done).toBeLessThan(all.length);
    const tip = await stage.bystanderShell.ok('git rev-parse HEAD');
    expect(await stage.valueOf(`refs/heads/agent/${bystander}`)).toBe(tip);
    await Promise.all(peers.map((peer) => peer.close()));
    await Promise.all(all);
  },
  { refs: /^refs\/heads\/agent\//, bystander: /gitdir|workspace/ },
  120_000,
);
