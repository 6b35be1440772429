/** Host git that is gone after so many calls, as after a kill: nothing that follows happens. */
import type { HostGit } from '../../daemon/git/host-git';

export interface FailingGit {
  readonly git: HostGit;
  /** Whether the end came: if not, all calls were made. */
  readonly hasFailed: () => boolean;
}

export function failingGit(git: HostGit, calls: number): FailingGit {
  let left = calls;
  let failed = false;
  const guarded =
    <A extends readonly unknown[], R>(call: (...args: A) => Promise<R>) =>
    (...args: A): Promise<R> => {
      if (left === 0) failed = true;
      if (failed) return Promise.reject(new Error('killed'));
      left -= 1;
      return call(...args);
    };
  return { git: { ...git, run: guarded(git.run), pipe: guarded(git.pipe) }, hasFailed: () => failed };
}
