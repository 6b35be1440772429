import { chmod, mkdir } from 'node:fs/promises';
import type { Layout } from './layout';

/** Others may pass through to a workspace of theirs, but not look around; what is the daemon's alone is closed. */
export async function makeStateDirectories(layout: Layout): Promise<void> {
  await mkdir(layout.state, { recursive: true, mode: 0o711 });
  await chmod(layout.state, 0o711);
  for (const path of [layout.audit, layout.journal, layout.staging]) {
    await mkdir(path, { recursive: true, mode: 0o700 });
  }
}
