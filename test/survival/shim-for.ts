/**
 * A shim has the paths of its container compiled in, and compiling takes long. So one is built, and in copies of it the
 * folder is replaced by another of the same length.
 */
import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildShim } from '../integration/client/shim/shim-world';

export interface ShimTemplate {
  readonly folder: string;
  readonly program: Buffer;
}

/** `folder`: as long as those that copies are for; it need not exist. */
export function makeShimTemplate(folder: string, scratch: string): ShimTemplate {
  buildShim(scratch, folder);
  const program = readFileSync(join(scratch, 'git'));
  rmSync(scratch, { recursive: true });
  return { folder, program };
}

/** The shim and the names it also goes by, in `bin`, for an agent whose container is `folder`. */
export function installShim(template: ShimTemplate, bin: string, folder: string): void {
  if (Buffer.byteLength(folder) !== Buffer.byteLength(template.folder))
    throw new Error(`${folder} is not as long as ${template.folder}`);
  const program = Buffer.from(template.program);
  for (let at = program.indexOf(template.folder); at >= 0; at = program.indexOf(template.folder, at + 1))
    program.write(folder, at);
  mkdirSync(bin, { recursive: true });
  writeFileSync(join(bin, 'git'), program, { mode: 0o755 });
  for (const name of ['gitiso-init', 'git-remote-gitiso']) linkSync(join(bin, 'git'), join(bin, name));
}
