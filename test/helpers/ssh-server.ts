/** OpenSSH's own server on the loopback interface, which lets in one key that lies in a temporary folder. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { freePort, untilListening } from './free-port';
import { gitEnvironment } from './git';
import { tempDir } from './temp-dir';

export const sshd = ['/usr/sbin/sshd', '/usr/bin/sshd'].find(existsSync);

export interface SshServer {
  /** `ssh://<user>@127.0.0.1:<port>` */
  readonly origin: string;
  /** What the host's git needs to get in. */
  readonly sshCommand: string;
  /** The same with a key that the server does not know. */
  readonly strangerCommand: string;
  readonly log: () => string;
  readonly close: () => Promise<void>;
}

export async function startSshServer(): Promise<SshServer> {
  if (sshd === undefined) throw new Error('there is no sshd');
  const folder = tempDir();
  for (const name of ['host', 'key', 'stranger'])
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(folder, name)]);
  const port = await freePort();
  const { username, uid } = userInfo();
  if (uid === 0) mkdirSync('/run/sshd', { recursive: true });
  writeFileSync(join(folder, 'known_hosts'), `[127.0.0.1]:${String(port)} ${publicKey(folder, 'host')}\n`);
  writeFileSync(join(folder, 'authorized_keys'), `${publicKey(folder, 'key')}\n`, { mode: 0o600 });
  writeFileSync(
    join(folder, 'config'),
    [
      `Port ${String(port)}`,
      'ListenAddress 127.0.0.1',
      `HostKey ${join(folder, 'host')}`,
      `AuthorizedKeysFile ${join(folder, 'authorized_keys')}`,
      ...['PidFile none', 'StrictModes no', 'UsePAM no', 'PermitRootLogin prohibit-password'],
      ...['PasswordAuthentication no', 'KbdInteractiveAuthentication no', 'AcceptEnv GIT_PROTOCOL', ''],
    ].join('\n'),
  );
  const child = spawn(sshd, ['-D', '-e', '-f', join(folder, 'config')], {
    env: { ...gitEnvironment },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let log = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (log += text));
  await untilListening(port, () => log);
  const command = (key: string) =>
    [
      `ssh -F none -i ${join(folder, key)} -o IdentitiesOnly=yes -o BatchMode=yes`,
      `-o UserKnownHostsFile=${join(folder, 'known_hosts')} -o StrictHostKeyChecking=yes`,
    ].join(' ');
  return {
    origin: `ssh://${username}@127.0.0.1:${String(port)}`,
    sshCommand: command('key'),
    strangerCommand: command('stranger'),
    log: () => log,
    close: async () => {
      const ended = once(child, 'exit');
      child.kill();
      await ended;
    },
  };
}

function publicKey(folder: string, name: string): string {
  return readFileSync(join(folder, `${name}.pub`), 'utf8').trim();
}
