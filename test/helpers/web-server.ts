/** lighttpd on the loopback interface with git's smart HTTP behind a password (git-http-backend(1)). */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort, untilListening } from './free-port';
import { gitEnvironment } from './git';
import { tempDir } from './temp-dir';

export const lighttpd = ['/usr/sbin/lighttpd', '/usr/bin/lighttpd'].find(existsSync);
const backend = '/usr/lib/git-core/git-http-backend';

export interface WebServer {
  readonly port: number;
  /** Without a password. */
  readonly origin: string;
  readonly close: () => Promise<void>;
}

/** Serves the repositories below `root` to `user` with `password`. */
export async function startWebServer(root: string, user: string, password: string): Promise<WebServer> {
  if (lighttpd === undefined) throw new Error('there is no lighttpd');
  const folder = tempDir();
  const port = await freePort();
  writeFileSync(join(folder, 'users'), `${user}:${password}\n`);
  writeFileSync(
    join(folder, 'lighttpd.conf'),
    `
server.modules = ( "mod_auth", "mod_authn_file", "mod_alias", "mod_setenv", "mod_cgi" )
server.bind = "127.0.0.1"
server.port = ${String(port)}
server.document-root = "${folder}/empty"
server.upload-dirs = ( "${folder}" )
server.errorlog = "${folder}/log"
alias.url = ( "/git" => "${backend}" )
cgi.assign = ( "" => "" )
setenv.set-environment = ( "GIT_PROJECT_ROOT" => "${root}", "GIT_HTTP_EXPORT_ALL" => "1",
  "GIT_CONFIG_COUNT" => "1", "GIT_CONFIG_KEY_0" => "safe.directory", "GIT_CONFIG_VALUE_0" => "*" )
auth.backend = "plain"
auth.backend.plain.userfile = "${folder}/users"
auth.require = ( "/git" => ( "method" => "basic", "realm" => "git", "require" => "valid-user" ) )
`,
  );
  const child = spawn(lighttpd, ['-D', '-f', join(folder, 'lighttpd.conf')], {
    env: { ...gitEnvironment },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let log = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (log += text));
  await untilListening(port, () => log);
  return {
    port,
    origin: `http://127.0.0.1:${String(port)}/git`,
    close: async () => {
      const ended = once(child, 'exit');
      child.kill();
      await ended;
    },
  };
}
