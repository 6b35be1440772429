/** Programs of the tests of survival: what they print is bytes or text, how they end is a result. */
import { spawn } from 'node:child_process';
import { gitEnvironment } from '../helpers/git';

export interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export function run(
  program: string,
  argv: readonly string[],
  options: {
    readonly cwd?: string;
    readonly env?: object;
    readonly input?: string;
    readonly timeoutMs?: number;
  } = {},
): Promise<Ran> {
  const { cwd = '/', env = gitEnvironment, input = '', timeoutMs = 300_000 } = options;
  return new Promise((resolve, reject) => {
    const child = spawn(program, argv, { cwd, env: { ...env }, timeout: timeoutMs, killSignal: 'SIGKILL' });
    let [stdout, stderr] = ['', ''];
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    child.stdin.on('error', () => undefined);
    child.stdin.end(input);
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, stdout, stderr }));
  });
}

/** Must succeed; returns standard output without the last newline. */
export async function must(
  program: string,
  argv: readonly string[],
  options: Parameters<typeof run>[2] = {},
): Promise<string> {
  const { code, stdout, stderr } = await run(program, argv, options);
  if (code !== 0)
    throw new Error(`${program} ${argv.join(' ')} ended with ${String(code)}: ${stderr}${stdout}`);
  return stdout.replace(/\n$/, '');
}
