/** Asks `gitisod --doctor`, the program beside this one, while no daemon runs. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { ResultOf } from '../../shared/contract';
import type { Methods } from '../../shared/methods';
import type { Terminal } from './terminal';

const outputLimitBytes = 64 * 1024 * 1024;

export async function askStoppedDaemon(
  options: { readonly fix: boolean; readonly deep: boolean; readonly config: string | undefined },
  terminal: Terminal,
): Promise<ResultOf<Methods['daemon.doctor']>> {
  const argv = ['--doctor'];
  if (options.fix) argv.push('--fix');
  if (options.deep) argv.push('--deep');
  if (options.config !== undefined) argv.push('--config', options.config);
  const settings = {
    cwd: terminal.cwd(),
    env: terminal.env,
    signal: terminal.signal,
    maxBuffer: outputLimitBytes,
  };
  return new Promise((resolve, reject) => {
    execFile(process.execPath, [findProgram(), ...argv], settings, (error, stdout, stderr) => {
      if (error === null) resolve(JSON.parse(stdout) as ResultOf<Methods['daemon.doctor']>);
      else if (terminal.signal.aborted) reject(terminal.signal.reason as Error);
      else reject(new Error(`gitisod --doctor failed: ${stderr.trim()}`, { cause: error }));
    });
  });
}

/** The bundle of gitisoctl lies at another depth than its modules. */
function findProgram(): string {
  for (let folder = __dirname; ; folder = join(folder, '..')) {
    const program = join(folder, 'daemon', 'main.js');
    if (existsSync(program)) return program;
    if (folder === join(folder, '..')) throw new Error('gitisod is not installed beside gitisoctl');
  }
}
