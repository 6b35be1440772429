/**
 * Processes inside an agent's container, started past the daemon: what a hostile program in there does. A shell that stays,
 * so that a command costs no `docker exec`, and a pipe to the agent's socket through which any bytes go.
 */
import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { dockerSocket } from '../../helpers/docker-socket';

export interface Said {
  readonly exitCode: number;
  /** Standard output and standard error as they came. */
  readonly output: string;
}

export interface Shell {
  /** Runs a script in `/workspace`, one after the other. The text has one byte per character. */
  readonly run: (script: string) => Promise<Said>;
  /** The same for a script that must succeed; returns what it printed without the last newline. */
  readonly ok: (script: string) => Promise<string>;
  readonly close: () => Promise<void>;
}

const marker = 'end-of-command';

/** A shell as the agent, with the shim first in PATH as everything in the container has it. */
export function openShell(container: string): Shell {
  const child = execIn(container, ['sh']);
  let text = '';
  let wake: () => void = () => undefined;
  let ended = false;
  child.stdout.setEncoding('latin1').on('data', (chunk: string) => {
    text += chunk;
    wake();
  });
  child.on('close', () => {
    ended = true;
    wake();
  });
  let last: Promise<unknown> = Promise.resolve();

  async function runNow(script: string): Promise<Said> {
    text = '';
    const end = new RegExp(`^([^]*)\n${marker} (\\d+)\n$`);
    child.stdin.write(
      Buffer.from(
        `cd /workspace && (eval '${script.replaceAll("'", "'\\''")}') </dev/null 2>&1; printf '\\n${marker} %s\\n' "$?"\n`,
        'latin1',
      ),
    );
    for (;;) {
      const [, output, code] = end.exec(text) ?? [];
      if (output !== undefined) return { exitCode: Number(code), output };
      if (ended) throw new Error(`the shell in the container ended: ${text}`);
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  }

  const run = (script: string): Promise<Said> => {
    const result = last.then(() => runNow(script));
    last = result.catch(() => undefined);
    return result;
  };
  return {
    run,
    ok: async (script) => {
      const { exitCode, output } = await run(script);
      if (exitCode !== 0) throw new Error(`${script}\nended with ${String(exitCode)}: ${output}`);
      return output.replace(/\n$/, '');
    },
    close: () => endChild(child),
  };
}

/** Accepts connections at a place both sides see, and carries each to the agent's socket: any bytes, both ways. */
const relay = `
use IO::Socket::UNIX; use IO::Select;
$SIG{PIPE} = "IGNORE"; $SIG{CHLD} = "IGNORE";
my $server = IO::Socket::UNIX->new(Type => SOCK_STREAM, Local => $ARGV[0], Listen => 64) or die "listen: $!";
syswrite STDOUT, "ready";
my $wait = IO::Select->new(\\*STDIN, $server);
while (1) {
  for ($wait->can_read) {
    if ($_ != $server) { exit 0 unless sysread STDIN, my $nothing, 1; next }
    my $here = $server->accept or next;
    next if fork;
    close $server;
    my $there = IO::Socket::UNIX->new(Type => SOCK_STREAM, Peer => "/gitiso/run/gitiso.sock") or exit 1;
    carry($here, $there);
    exit 0;
  }
}
sub carry {
  my ($here, $there) = @_;
  my $set = IO::Select->new($here, $there);
  while (my @ready = $set->can_read) {
    for my $from (@ready) {
      my $to = $from == $here ? $there : $here;
      my $n = sysread $from, my $bytes, 65536;
      if (!$n) { return if $from == $there; $set->remove($from); shutdown $to, 1; next }
      for (my $at = 0; $at < $n;) {
        my $w = syswrite $to, $bytes, $n - $at, $at;
        if (!defined $w) { return if $to == $here; $set->remove($from); last }
        $at += $w;
      }
    }
  }
}`;

export interface Relay {
  /** A new connection to the agent's socket, made by a process in the container. */
  readonly connect: () => Socket;
  readonly close: () => Promise<void>;
}

/** `gitdir`: the agent's git directory on the host, which its container can write. */
export async function openRelay(container: string, gitdir: string): Promise<Relay> {
  const name = `relay-${randomBytes(4).toString('hex')}`;
  const child = execIn(container, ['perl', '-e', relay, `/workspace/.git/${name}`]);
  let complaint = '';
  child.stderr.on('data', (text: Buffer) => (complaint += text.toString()));
  const [said] = (await once(child.stdout, 'data')) as [Buffer];
  if (said.toString() !== 'ready') throw new Error(`the relay did not start: ${complaint}`);
  return {
    connect: () => connect({ path: join(gitdir, name), allowHalfOpen: true }),
    close: () => endChild(child),
  };
}

function execIn(container: string, argv: readonly string[]): ChildProcessWithoutNullStreams {
  const child = spawn('docker', ['-H', `unix://${dockerSocket()}`, 'exec', '-i', container, ...argv]);
  child.stdin.on('error', () => undefined);
  return child;
}

async function endChild(child: ChildProcessWithoutNullStreams): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'close');
  child.stdin.end();
  const timer = setTimeout(() => child.kill('SIGKILL'), 2000);
  await ended;
  clearTimeout(timer);
}
