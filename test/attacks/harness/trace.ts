/** What the daemon and all its children do with names in the file system, as the kernel was asked for it (strace). */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { withDescendants } from '../../helpers/child-processes';
import { tempDir } from '../../helpers/temp-dir';

export interface Trace {
  /** Ends it; one system call a line, descriptors with the paths they stand for. */
  readonly end: () => Promise<readonly string[]>;
}

/** All that takes a name, and all that lists, watches or changes by descriptor. */
const calls =
  '%file,getdents64,inotify_add_watch,fanotify_mark,fchmod,fchown,ftruncate,connect,bind,name_to_handle_at';

export async function traceProcesses(pid: number): Promise<Trace> {
  const file = join(tempDir(), 'trace');
  const attached = withDescendants(pid).flatMap((one) => ['-p', String(one)]);
  const child = spawn('strace', ['-f', '-y', '-s', '4096', '-e', `trace=${calls}`, '-o', file, ...attached], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr.setEncoding('utf8');
  const exited = once(child, 'exit');
  await new Promise<void>((resolve, reject) => {
    child.stderr.on('data', (text: string) => {
      said += text;
      if (said.includes('attached')) resolve();
    });
    child.on('exit', () => reject(new Error(`strace ended: ${said}`)));
  });
  return {
    end: async () => {
      child.kill('SIGINT');
      await exited;
      return readFileSync(file, 'utf8').split('\n');
    },
  };
}

/** Every path in a line: names given, and what descriptors (of folders, and returned ones) stand for. */
export function pathsIn(line: string): readonly string[] {
  const names = [...line.matchAll(/"((?:[^"\\]|\\.)*)"/g)].map(([, name = '']) => name);
  const descriptors = [...line.matchAll(/(?:\d+|AT_FDCWD)<((?:[^>\\]|\\.)*)>/g)].map(([, path = '']) => path);
  const [folder = '/'] = descriptors;
  return [...descriptors, ...names.map((name) => (name.startsWith('/') ? name : join(folder, name)))];
}
