/** Attacks on the socket and on identity, from inside a container (docs/threats.md, RP, ID and LK). */
import { readdirSync } from 'node:fs';
import { git } from '../helpers/git';
import { createAgent } from '../helpers/agents';
import { attacker, attackSuite, bystander, ownRef, secret, type AttackStage } from './harness/attack-stage';
import { refusalOf, sendCommit, sendProposal } from './harness/requests';

const limits = { frameTimeoutMs: 1500, idleTimeoutMs: 60_000 };
const suite = attackSuite({ config: { limits } });
const own = { refs: new RegExp(`^${ownRef}$`) };
const attack = (id: string, what: string, body: (stage: AttackStage) => Promise<void>) =>
  suite.attack(id, what, body, own);

/** One line, and what is answered to it. */
async function ask(stage: AttackStage, line: string | Buffer): Promise<Readonly<Record<string, unknown>>> {
  const peer = stage.peer('lines');
  peer.write(line);
  peer.write('\n');
  const { value } = await peer.next();
  await peer.close();
  return value;
}

function request(method: string, params: unknown = {}, id: unknown = 1): string {
  return JSON.stringify({ jsonrpc: '2.0', id, method, params });
}

function openDescriptors(stage: AttackStage): number {
  return readdirSync(`/proc/${String(stage.daemon.pid())}/fd`).length;
}

attack('RP-01', 'frames without end and of a gigabyte', async (stage) => {
  const endless = stage.peer('lines');
  endless.write(`{"a":"${'x'.repeat(2 << 20)}`);
  await endless.closed;
  expect(endless.heard()).toMatch(/limit-exceeded|^$/);
  const promised = stage.peer('headers');
  promised.write('Content-Length: 1073741824\r\n\r\n');
  await promised.closed;
  expect(promised.heard()).toMatch(/limit-exceeded/);
});

attack('RP-02', 'JSON that is nested deeper than anything needs', async (stage) => {
  for (const depth of [33, 10_000, 400_000])
    expect(await ask(stage, '['.repeat(depth) + ']'.repeat(depth))).toMatchObject({
      error: expect.anything() as unknown,
    });
});

attack('RP-03', 'a batch of thousands of calls', async (stage) => {
  const calls = Array.from({ length: 5000 }, (_, index) => request('rpc.discover', {}, index));
  expect(await ask(stage, `[${calls.join(',')}]`)).toMatchObject({
    error: { data: { reason: 'limit-exceeded' } },
  });
});

attack('RP-05', 'bytes that trickle in, and connections that never end', async (stage) => {
  const slow = stage.peer('headers');
  slow.write('Content-Length: 100\r\n\r\n{');
  const timer = setInterval(() => slow.write(' '), 300);
  await slow.closed;
  clearInterval(timer);
  expect(slow.heard()).toMatch(/timed-out/);
});

attack('RP-06', 'more connections than an agent may have, and a storm of them', async (stage) => {
  const before = openDescriptors(stage);
  await stage.shell.ok(
    `perl -MIO::Socket::UNIX -e 'my @s; for (1..300) { push @s, IO::Socket::UNIX->new(Type => SOCK_STREAM, Peer => "/gitiso/run/gitiso.sock") } for (1..2000) { IO::Socket::UNIX->new(Type => SOCK_STREAM, Peer => "/gitiso/run/gitiso.sock") }'`,
  );
  await stage.client.call('daemon.status', {});
  expect(openDescriptors(stage)).toBeLessThan(before + 20);
});

attack('RP-07', 'bytes that are no text', async (stage) => {
  const head = '{"jsonrpc":"2.0","id":1,"method":"';
  for (const bytes of ['\xff\xfe', '\xc0\xaf', '\xed\xa0\x80', '\xf5\x80\x80\x80'])
    expect(await ask(stage, Buffer.from(`${head}${bytes}"}`, 'latin1'))).toMatchObject({
      error: { code: -32700 },
    });
  for (const text of ['a\u0000b', '\ufeff'])
    expect(await ask(stage, request(text))).toMatchObject({ error: expect.anything() as unknown });
});

attack('RP-09', 'names that every object has', async (stage) => {
  const refused = {
    error: { data: { reason: expect.stringMatching(/^(invalid-params|parse-error)$/) as unknown } },
  };
  const ofParams = ['{"__proto__":{"admin":true}}', '{"constructor":{"prototype":{"admin":true}}}'];
  for (const params of ofParams)
    expect(
      await ask(stage, `{"jsonrpc":"2.0","id":1,"method":"rpc.discover","params":${params}}`),
    ).toMatchObject(refused);
  const admin = '"method":"agent.list","params":{},"__proto__":{"admin":true}';
  const answer = await ask(stage, `{"jsonrpc":"2.0","id":1,${admin}}`);
  expect(answer).toMatchObject({ error: expect.anything() as unknown });
  expect(answer).not.toHaveProperty('result');
});

attack('RP-10', 'methods that are none', async (stage) => {
  for (const method of ['constructor', '__proto__', 'toString', 'hasOwnProperty', '', 'x'.repeat(900_000)])
    expect(await ask(stage, request(method))).toMatchObject({ error: { code: -32601 } });
});

attack('RP-11', 'methods of administrators, and their names', async (stage) => {
  const unknown = await ask(stage, request('no.such'));
  const admin = [
    'agent.create',
    'agent.exec',
    'agent.remove',
    'repo.add',
    'daemon.shutdown',
    'audit.tail',
    'events.subscribe',
    'commit.log',
    'agent.restore',
  ];
  for (const method of admin) {
    const answer = await ask(stage, request(method));
    expect(JSON.stringify(answer).replaceAll(method, 'no.such')).toBe(
      JSON.stringify(unknown).replace(
        /"requestId":"[^"]*"/,
        /"requestId":"[^"]*"/.exec(JSON.stringify(answer))?.[0] ?? '',
      ),
    );
  }
  const discovered = JSON.stringify(await ask(stage, request('rpc.discover')));
  for (const method of admin) expect(discovered).not.toContain(method);
  expect(discovered).not.toMatch(/socketGroup|stateDirectory/);
});

attack('RP-13', 'numbers and texts at the edge', async (stage) => {
  for (const number of ['-0', '1e308', '9007199254740993', '1e999', '-1'])
    expect(
      await ask(
        stage,
        `{"jsonrpc":"2.0","id":1,"method":"remote.connect","params":{"service":"git-upload-pack","url":"x","version":${number === '-0' ? '1.5' : number},"progress":false}}`,
      ),
    ).toMatchObject({ error: expect.anything() as unknown });
  const evil = `${'a-'.repeat(200_000)}!`;
  expect(
    await ask(stage, request('transaction.propose', { key: evil, updates: [], argv: [], origin: 'hook' })),
  ).toMatchObject({ error: expect.anything() as unknown });
  expect(
    refusalOf(await sendProposal(stage, [{ ref: `refs/heads/${'a/'.repeat(2000)}`, new: stage.main }])),
  ).toMatch(/ref-name/);
});

attack('RP-14', 'a pack that is promised and not sent', async (stage) => {
  const old = await stage.valueOf(ownRef);
  for (const ending of ['close', 'nonsense', 'error'] as const) {
    const peer = stage.peer();
    peer.send({
      jsonrpc: '2.0',
      id: 1,
      method: 'transaction.propose',
      params: {
        key: 'ab'.repeat(16),
        updates: [{ ref: ownRef, old, new: '1'.repeat(40) }],
        argv: [],
        origin: 'hook',
      },
    });
    const asked = await peer.next();
    if (ending === 'close')
      peer.write('Content-Type: application/octet-stream\r\nContent-Length: 10000000\r\n\r\nx');
    if (ending === 'nonsense')
      peer.send({ jsonrpc: '2.0', id: asked.value['id'], result: { exitCode: 'zero', signal: [] } });
    if (ending === 'error')
      peer.send({ jsonrpc: '2.0', id: asked.value['id'], error: { code: 1, message: 'no' } });
    if (ending !== 'close') await peer.next();
    await peer.close();
  }
  expect(await stage.valueOf(ownRef)).toBe(old);
});

attack('RP-15', 'descriptors that are sent along', async (stage) => {
  const before = openDescriptors(stage);
  await stage.shell.run(
    `perl -MSocket -e 'require "syscall.ph"; 1' 2>/dev/null; perl -MIO::Socket::UNIX -e 'for (1..50) { my $s = IO::Socket::UNIX->new(Type => SOCK_STREAM, Peer => "/gitiso/run/gitiso.sock"); send $s, "x", 1; close $s }'`,
  );
  await stage.client.call('daemon.status', {});
  expect(openDescriptors(stage)).toBeLessThan(before + 10);
});

attack('ID-01', 'sockets of others, and of administrators, are nowhere to be seen', async (stage) => {
  expect(
    await stage.shell.ok('find / -xdev -type s 2>/dev/null | grep -v relay- | sort; ls /gitiso/run'),
  ).toBe('gitiso.sock');
  expect(
    (await stage.shell.run(`ls ${stage.daemon.stateDirectory} ${stage.daemon.adminSocket}`)).exitCode,
  ).not.toBe(0);
});

attack('ID-03', 'agents with names that are no names', async (stage) => {
  for (const id of [
    '../x',
    'a:b',
    '--privileged',
    '.',
    'x'.repeat(300),
    'mall\u043ery',
    'Mallory',
    'a/b',
    'a\nb',
    '',
  ])
    await expect(createAgent(stage.client, id)).rejects.toMatchObject({ code: 'invalid-params' });
});

attack('ID-04', 'being root in a container is no identity', async (stage) => {
  expect(await stage.shell.ok('id -u')).toBe('0');
  expect(await ask(stage, request('agent.list'))).toMatchObject({ error: { code: -32601 } });
});

attack('ID-05', 'what a request says of its agent is not believed', async (stage) => {
  for (const more of [{ agent: bystander }, { actor: { kind: 'admin' } }])
    expect(refusalOf(await sendCommit(stage, { more }))).toMatch(/invalid-params/);
  const argv = [
    'commit',
    '--allow-empty',
    '-m',
    'x',
    `--author=${bystander} <${bystander}@agents.gitiso.invalid>`,
  ];
  expect(await sendCommit(stage, { argv, env: { GITISO_AGENT: bystander } })).toMatchObject({
    result: { exitCode: 0 },
  });
  expect(await stage.lastAudit()).toMatchObject({ agent: attacker });
});

attack('LK-02', 'maintenance in the container changes nothing of the host', async (stage) => {
  await stage.shell.run(
    'git worktree prune; git gc --prune=now; git repack -a -d; git pack-refs --all; git maintenance run; git prune; git -C /gitiso/shared gc; git --git-dir=/gitiso/shared repack -a -d',
  );
});

attack(
  'LK-01',
  'no path of a container is in the repository, and no path of the host in a container',
  async (stage) => {
    expect(await git(stage.bare, ['config', '--list', '--local'])).not.toMatch(/workspace|gitiso\//);
    const seen = await stage.shell.ok(
      `env; cat .git/config /gitiso/shared/config /gitiso/etc/*; find /gitiso -type l -printf '%l\\n'`,
    );
    expect(seen).not.toContain(stage.daemon.stateDirectory);
  },
);

attack('LK-04', 'errors tell nothing of the host', async (stage) => {
  for (const line of [
    '{',
    request('commit.create', { key: 1 }),
    request('remote.connect', { service: 'git-upload-pack', url: '/etc', version: 0, progress: false }),
  ]) {
    const said = JSON.stringify(await ask(stage, line));
    expect(said).not.toMatch(/\.(js|ts):\d|node_modules|\/tmp\/|\/root/);
  }
});

attack('LK-05', 'whether somebody else has an object is not told', async (stage) => {
  const theirs = await git(stage.other, ['rev-parse', 'HEAD']);
  const none = '1'.repeat(40);
  const told = async (id: string) =>
    refusalOf(await sendProposal(stage, [{ ref: 'refs/heads/probe', new: id }])).replaceAll(id, 'ID');
  expect(await told(theirs)).toBe(await told(none));
});

attack('LK-06', 'no folder and no process of another agent can be seen', async (stage) => {
  const seen = await stage.shell.run(
    `cat /workspace/../../../*/secret; ls /proc/*/root/workspace; cat /proc/*/environ | tr '\\0' '\\n'; ls /workspace/.. /tmp; ps aux`,
  );
  expect(seen.output).not.toContain(secret);
  expect(seen.output).not.toContain(bystander);
});
