/** Pure: judges what a container's first process found. It decides whether an agent may become `ready`. */
import { GitisoError } from '../../shared/errors';
import { expectedAccess } from '../runtime/mounts';
import type { Owner } from './directory-handle';
import type { ReadyReport } from './links';

/** Throws 'agent-create-failed' with the names of all that is wrong in `details`. */
export function checkReport(report: ReadyReport, owner: Owner): void {
  const wrong = Object.entries(expectedAccess)
    .map(([path, expected]) => ({ path, expected, found: report.mounts[path] ?? 'missing' }))
    .filter(({ expected, found }) => expected !== found);
  if (wrong.length > 0) {
    const list = wrong.map(({ path, expected, found }) => `${path} is ${found} instead of ${expected}`);
    throw failed(`the container's mounts are wrong: ${list.join(', ')}`, { mounts: wrong });
  }
  if (report.uid !== owner.uid || report.gid !== owner.gid) {
    throw failed(
      `the container runs as ${report.uid}:${report.gid} instead of ${owner.uid}:${owner.gid}`,
      {},
    );
  }
  if (report.git === null) {
    throw failed('no git was found in the image', {}, 'use an image that has git in its PATH');
  }
}

function failed(message: string, details: Readonly<Record<string, unknown>>, hint?: string): GitisoError {
  return new GitisoError('agent-create-failed', message, {
    details,
    ...(hint === undefined ? {} : { hint }),
  });
}
