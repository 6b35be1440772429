/** Which libgit2 the installed nodegit was built with. Loads nothing native. */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** For example `1.9.1`; when its header is not there, the version of nodegit itself. */
export async function readLibgit2Version(): Promise<string> {
  const manifest = createRequire(__filename).resolve('nodegit/package.json');
  const header = join(dirname(manifest), 'vendor/libgit2/include/git2/version.h');
  const text = await readFile(header, 'utf8').catch(() => '');
  const version = /#define LIBGIT2_VERSION\s+"([0-9.]+)"/.exec(text)?.[1];
  if (version !== undefined) return version;
  const { version: own } = JSON.parse(await readFile(manifest, 'utf8')) as { version: string };
  return `unknown (nodegit ${own})`;
}
