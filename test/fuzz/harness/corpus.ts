/** The inputs that are kept, one file each, named by their content. */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const corpusDirectory = join(__dirname, '../corpus');

export function readCorpus(name: string): readonly Buffer[] {
  const directory = join(corpusDirectory, name);
  if (!existsSync(directory)) return [];
  return readdirSync(directory)
    .sort()
    .map((file) => readFileSync(join(directory, file)));
}

/** `kind` begins the file's name: 'crash' for what broke something once, 'path' for what reached something new. */
export function keepInput(name: string, kind: 'crash' | 'path', input: Buffer): string {
  const directory = join(corpusDirectory, name);
  mkdirSync(directory, { recursive: true });
  const hash = createHash('sha256').update(input).digest('hex').slice(0, 16);
  const path = join(directory, `${kind}-${hash}`);
  writeFileSync(path, input);
  return path;
}
