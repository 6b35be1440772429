/**
 * Remotes that attack the host: redirects to somebody else, certificates and host keys that are not theirs, objects and refs
 * that are not fit. The real git, ssh and TLS of the host meet real servers on the loopback interface.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import {
  createServer,
  request as ask,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { commitOf, idOf, looseFile, treeOf, type Item } from '../../../helpers/forged-objects';
import { fsckStrict, git } from '../../../helpers/git';
import { startGitHttpServer, type GitHttpServer } from '../../../helpers/git-http-server';
import { makeRemote, makeRepo } from '../../../helpers/repo';
import { makeReposFixture, type ReposFixture } from '../../../helpers/repos-fixture';
import { sshd, startSshServer } from '../../../helpers/ssh-server';
import { tempDir } from '../../../helpers/temp-dir';
import { testIf } from '../../../helpers/test-if';

const password = 's3cr3t-p4ssw0rd';

let remote: string;
let backend: GitHttpServer;
const servers: Server[] = [];

beforeAll(async () => {
  remote = await makeRemote(await makeRepo({ commits: 2 }));
  backend = await startGitHttpServer(join(remote, '..'), 'alice', password);
});

afterAll(async () => {
  for (const server of servers) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
  await backend.close();
});

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

async function listen(server: Server): Promise<number> {
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

/** Hands a request on to the git server. */
const pass: Answer = (request, response) => {
  const { method, headers, url } = request;
  const options = { host: '127.0.0.1', port: backend.port, method, path: url, headers };
  const sent = ask(options, (answer) => {
    response.writeHead(answer.statusCode ?? 500, answer.headers);
    answer.pipe(response);
  });
  request.pipe(sent);
};

const withPassword = (port: number, scheme = 'http') =>
  `${scheme}://alice:${password}@127.0.0.1:${String(port)}/remote.git`;

/** What the remote could not bring about: nothing is registered, nothing lies about. */
function expectNothingLeft({ context }: ReposFixture): void {
  expect(context.registry.list()).toEqual([]);
  expect(readdirSync(context.layout.repos)).toEqual([]);
}

describe('NW-03 a server that redirects', () => {
  const asked: string[] = [];
  let thief: number;

  beforeAll(async () => {
    thief = await listen(
      createServer(({ url, headers }, response) => {
        asked.push(JSON.stringify([url, headers]));
        response.writeHead(401, { 'WWW-Authenticate': 'Basic realm="thief"' }).end();
      }),
    );
  });

  const redirect: Answer = ({ url }, response) =>
    response.writeHead(302, { Location: `http://127.0.0.1:${String(thief)}${url ?? ''}` }).end();

  test.each([
    ['at once', redirect],
    [
      'when it has the password',
      (request, response) =>
        (request.headers.authorization === undefined ? pass : redirect)(request, response),
    ],
    [
      'after it told its refs',
      (request, response) => (request.method === 'POST' ? redirect : pass)(request, response),
    ],
  ] satisfies readonly (readonly [string, Answer])[])(
    'NW-03 %s gets nobody to somebody else',
    async (_when, answer) => {
      const port = await listen(createServer(answer));
      const home = tempDir();
      const helper = join(home, 'asked');
      writeFileSync(
        join(home, '.gitconfig'),
        `[credential]\n\thelper = "!f() { cat >> ${helper}; }; f"\n[http]\n\tfollowRedirects = true\n`,
      );
      const fixture = await makeReposFixture({ environment: { HOME: home } });
      await expect(fixture.add(withPassword(port))).rejects.toMatchObject({
        code: 'repo-unreachable',
        hint: expect.stringContaining('redirects') as string,
      });
      expect(asked).toEqual([]);
      expectNothingLeft(fixture);
    },
  );
});

describe('NW-05 a remote whose content is an attack', () => {
  let upstream: string;
  let fixture: ReposFixture;
  let bare: string;
  let before: string;

  beforeAll(async () => {
    upstream = await makeRemote(await makeRepo({ commits: 2 }));
    fixture = await makeReposFixture({ networkTimeoutMs: 15_000 });
    const record = await fixture.add(`file://${upstream}`, { id: 'r' });
    bare = record.directory;
    before = await git(bare, ['for-each-ref']);
  });

  /** Past git's own checks. */
  function plant(...items: readonly Item[]): void {
    for (const item of items) {
      const id = idOf(item);
      mkdirSync(join(upstream, 'objects', id.slice(0, 2)), { recursive: true });
      writeFileSync(join(upstream, 'objects', id.slice(0, 2), id.slice(2)), looseFile(item));
    }
  }

  const evil: Item = ['blob', '[core]\n\tfsmonitor = touch /tmp/x\n'];
  const person = 'Mallory <m@example.invalid>';
  const missing = '1'.repeat(40);
  const trees: readonly (readonly [string, Item])[] = [
    ['a folder .git', treeOf(['40000', '.git', idOf(treeOf(['100644', 'config', idOf(evil)]))])],
    ['a folder that is .git on other systems', treeOf(['100644', '.g\xe2\x80\x8cit', idOf(evil)])],
    ['a path that leads out', treeOf(['100644', '..', idOf(evil)])],
    ['a name twice', treeOf(['100644', 'a', idOf(evil)], ['100644', 'a', idOf(evil)])],
    ['modules that are a link', treeOf(['120000', '.gitmodules', idOf(evil)])],
    ['a file that it does not have', treeOf(['100644', 'a', missing])],
  ];

  test.each(trees)('NW-05 with %s is refused, and nothing of it is kept', async (_what, tree) => {
    const commit = commitOf({ tree: idOf(tree), author: person });
    plant(evil, treeOf(['100644', 'config', idOf(evil)]), tree, commit);
    writeFileSync(join(upstream, 'refs/heads/evil'), `${idOf(commit)}\n`);
    await expect(fixture.service.fetch('r' as never)).rejects.toMatchObject({ code: 'repo-unreachable' });
    expect(await git(bare, ['for-each-ref'])).toBe(before);
    expect(readdirSync(join(bare, 'objects/pack')).filter((name) => name.startsWith('tmp_'))).toEqual([]);
    await git(upstream, ['update-ref', '-d', 'refs/heads/evil']);
    expect(await fixture.service.fetch('r' as never)).toEqual([]);
    await fsckStrict(bare);
  });

  test('NW-05 with names that look like options, links in a circle and a crowd of refs is just a remote', async () => {
    const tip = await git(upstream, ['rev-parse', 'main']);
    const names = [
      '-x',
      '--upload-pack=touch',
      '$(x)',
      "a'b",
      ...Array.from({ length: 300 }, (_, n) => `n${String(n)}`),
    ];
    const packed = join(upstream, 'packed-refs');
    const refsBefore = readFileSync(packed, 'utf8').replace(/^#.*\n/, '');
    // Without a header git does not take it for sorted.
    writeFileSync(packed, refsBefore + names.map((name) => `${tip} refs/heads/many/${name}\n`).join(''));
    writeFileSync(join(upstream, 'refs/heads/one'), 'ref: refs/heads/two\n');
    writeFileSync(join(upstream, 'refs/heads/two'), 'ref: refs/heads/one\n');
    await fixture.service.fetch('r' as never);
    expect(await git(bare, ['for-each-ref', 'refs/remotes/origin/one', 'refs/remotes/origin/two'])).toBe('');
    const refs = await git(bare, ['for-each-ref', '--format=%(objectname)', 'refs/remotes/origin/many']);
    expect(refs.split('\n').length).toBeGreaterThan(300);
    await fsckStrict(bare);
  });

  test('NW-05 that tells refs without end is given up, and leaves nothing', async () => {
    const line = (text: string) => (text.length + 4).toString(16).padStart(4, '0') + text;
    const port = await listen(
      createServer((_request, response) => {
        response.writeHead(200, { 'Content-Type': 'application/x-git-upload-pack-advertisement' });
        response.write(
          `${line('# service=git-upload-pack\n')}0000${line(`${'1'.repeat(40)} HEAD\0agent=x\n`)}`,
        );
        let number = 0;
        const timer = setInterval(() => {
          const lines = Array.from({ length: 500 }, () =>
            line(`${'1'.repeat(40)} refs/heads/n${String((number += 1))}\n`),
          );
          response.write(lines.join(''));
        }, 10);
        response.on('close', () => clearInterval(timer));
      }),
    );
    const patient = await makeReposFixture({ networkTimeoutMs: 1500 });
    await expect(patient.add(withPassword(port))).rejects.toMatchObject({ code: 'timed-out' });
    expectNothingLeft(patient);
  });
});

describe('NW-08 a TLS server', () => {
  let folder: string;

  beforeAll(() => {
    folder = tempDir();
    const make = (...argv: readonly string[]) =>
      execFileSync('openssl', argv, { cwd: folder, stdio: 'ignore' });
    const key = (name: string) => [
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:P-256',
      '-nodes',
      '-keyout',
      `${name}.key`,
    ];
    make('req', '-x509', ...key('ca'), '-out', 'ca.crt', '-subj', '/CN=ca', '-days', '2');
    for (const [name, san] of Object.entries({
      right: 'IP:127.0.0.1',
      name: 'DNS:example.invalid',
      text: 'DNS:127.0.0.1',
      other: 'IP:127.0.0.2',
    })) {
      writeFileSync(join(folder, `${name}.ext`), `subjectAltName=${san}\n`);
      make('req', '-new', ...key(name), '-out', `${name}.csr`, '-subj', '/CN=127.0.0.1');
      make(
        ...['x509', '-req', '-in', `${name}.csr`, '-CA', 'ca.crt', '-CAkey', 'ca.key', '-CAcreateserial'],
        ...['-out', `${name}.crt`, '-days', '2', '-extfile', `${name}.ext`],
      );
    }
  });

  async function serve(name: string): Promise<number> {
    const file = (end: string) => readFileSync(join(folder, `${name}.${end}`));
    return listen(createTlsServer({ key: file('key'), cert: file('crt') }, pass));
  }

  const trusting = () => makeReposFixture({ environment: { GIT_SSL_CAINFO: join(folder, 'ca.crt') } });

  test('NW-08 with the certificate of its address is used', async () => {
    const fixture = await trusting();
    expect((await fixture.add(withPassword(await serve('right'), 'https'))).defaultBranch).toBe('main');
  });

  test.each([
    ['of another name', 'name'],
    ['of another address', 'other'],
    ['of its address as a name', 'text'],
    ['of an authority that nobody trusts', 'right'],
  ])('NW-08 with a certificate %s gets no password', async (what, name) => {
    const fixture = what.includes('nobody') ? await makeReposFixture() : await trusting();
    const before = backend.accepted();
    await expect(fixture.add(withPassword(await serve(name), 'https'))).rejects.toMatchObject({
      code: 'repo-unreachable',
      message: expect.stringMatching(/certificate|SSL/) as string,
    });
    expect(backend.accepted()).toBe(before);
    expectNothingLeft(fixture);
  });
});

describe('NW-09 an ssh server', () => {
  /** In front of the host's ssh: the settings of a careless user, and what became of them. */
  function carelessUser(server: { readonly sshCommand: string }, knownHosts: string) {
    const folder = tempDir();
    const key = / -i (\S+)/.exec(server.sshCommand)?.[1] ?? '';
    const settings = [
      'ForwardAgent yes',
      'ForwardX11 yes',
      'RemoteForward 0 127.0.0.1:1',
      `IdentityFile ${key}`,
      `UserKnownHostsFile ${knownHosts}`,
    ];
    writeFileSync(join(folder, 'config'), `${settings.join('\n')}\n`);
    const log = join(folder, 'log');
    const ssh = `/usr/bin/ssh -F ${join(folder, 'config')}`;
    writeFileSync(join(folder, 'ssh'), `#!/bin/sh\n${ssh} -G "$@" >> ${log}\nexec ${ssh} "$@"\n`, {
      mode: 0o755,
    });
    return { environment: { PATH: `${folder}:/usr/bin:/bin` }, used: () => readFileSync(log, 'utf8') };
  }

  testIf(sshd !== undefined, 'there is no sshd')(
    'NW-09 whose host key is known is lent no key and no way back; with another key it is not talked to',
    async () => {
      const server = await startSshServer();
      try {
        const knownHosts = /UserKnownHostsFile=(\S+)/.exec(server.sshCommand)?.[1] ?? '';
        const known = carelessUser(server, knownHosts);
        const fixture = await makeReposFixture({ environment: known.environment });
        expect((await fixture.add(`${server.origin}${remote}`)).defaultBranch).toBe('main');
        for (const setting of [
          'forwardagent no',
          'forwardx11 no',
          'clearallforwardings yes',
          'batchmode yes',
        ])
          expect(known.used()).toContain(`${setting}\n`);

        const wrong = join(tempDir(), 'known_hosts');
        execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', `${wrong}.key`]);
        const entry = (readFileSync(knownHosts, 'utf8').split(' ')[0] ?? '') + ' ';
        writeFileSync(wrong, entry + readFileSync(`${wrong}.key.pub`, 'utf8'));
        for (const file of ['/dev/null', wrong]) {
          const stranger = await makeReposFixture({ environment: carelessUser(server, file).environment });
          await expect(stranger.add(`${server.origin}${remote}`)).rejects.toMatchObject({
            code: 'repo-unreachable',
            message: expect.stringContaining('Host key verification failed') as string,
          });
          expectNothingLeft(stranger);
        }
      } finally {
        await server.close();
      }
    },
    60_000,
  );
});
