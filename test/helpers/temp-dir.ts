/** Temporary folders of tests. Names are short, because Unix sockets lie below them. */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Makes a new, empty folder and returns its path. It goes away with the test file (leak-free-environment.ts). */
export function tempDir(): string {
  return mkdtempSync(join(tmpdir(), 'd'));
}
