/**
 * The environment of every test file: a temporary folder of its own (TMPDIR), removed with it, and the file fails
 * when it leaves a process running.
 */
import { mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { TestEnvironment } from 'jest-environment-node';

/** How long a process may still take to end after its test did; milliseconds. */
const graceMs = 3000;

export default class LeakFreeEnvironment extends TestEnvironment {
  readonly #outer = process.env['TMPDIR'];
  readonly #folder: string;

  constructor(...parameters: ConstructorParameters<typeof TestEnvironment>) {
    const folder = realpathSync(mkdtempSync(join(tmpdir(), 'gitiso-')));
    super(...parameters);
    this.#folder = folder;
    // Node's own os.tmpdir() reads the real environment, the test and its children read the sandbox's copy.
    process.env['TMPDIR'] = folder;
    this.global.process.env['TMPDIR'] = folder;
  }

  override async teardown(): Promise<void> {
    if (this.#outer === undefined) delete process.env['TMPDIR'];
    else process.env['TMPDIR'] = this.#outer;
    const left = await waitForChildren();
    for (const { pid } of left) process.kill(pid, 'SIGKILL');
    rmSync(this.#folder, { recursive: true, force: true, maxRetries: 3 });
    await super.teardown();
    if (left.length > 0) {
      throw new Error(`left running: ${left.map(({ pid, command }) => `${command} (${pid})`).join(', ')}`);
    }
  }
}

interface Child {
  readonly pid: number;
  readonly command: string;
}

/** The children that are still there when the grace is over. */
async function waitForChildren(): Promise<readonly Child[]> {
  const deadline = Date.now() + graceMs;
  let left = listChildren();
  while (left.length > 0 && Date.now() < deadline) {
    await sleep(20);
    left = listChildren();
  }
  return left;
}

function listChildren(): readonly Child[] {
  return readdirSync('/proc/self/task')
    .flatMap((task) => readOrEmpty(`/proc/self/task/${task}/children`).split(' '))
    .filter((pid) => pid !== '')
    .map((pid) => ({
      pid: Number(pid),
      command: readOrEmpty(`/proc/${pid}/cmdline`).replaceAll('\0', ' ').trim(),
    }))
    .filter(({ command }) => command !== '');
}

/** Threads and processes may end between being listed and being read. */
function readOrEmpty(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
