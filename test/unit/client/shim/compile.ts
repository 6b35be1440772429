/** Compiles a small C program together with parts of the shim, with sanitizers, and feeds it. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { tableHeader } from '../../../../client/shim/generate-table';

const shim = join(__dirname, '../../../../client/shim');
const sanitizers = ['-fsanitize=address,undefined', '-fno-sanitize-recover=all'];

/** Returns the program's path. `parts` are file names in client/shim. */
export function compile(program: string, parts: readonly string[]): string {
  const folder = mkdtempSync(join(tmpdir(), 'c'));
  writeFileSync(join(folder, 'generated.h'), tableHeader(''));
  const output = join(folder, 'program');
  const sources = [join(__dirname, program), ...parts.map((part) => join(shim, part))];
  const flags = ['-std=c11', '-D_GNU_SOURCE', '-Wall', '-Wextra', '-Werror', '-g', ...sanitizers];
  execFileSync('gcc', [...flags, '-I', folder, '-I', shim, '-o', output, ...sources]);
  return output;
}

/** What the program prints, line by line. */
export function feed(program: string, args: readonly string[], input: Buffer): readonly string[] {
  const output = execFileSync(program, args, { input, maxBuffer: 256 * 1024 * 1024 });
  return output.toString('utf8').trimEnd().split('\n');
}
