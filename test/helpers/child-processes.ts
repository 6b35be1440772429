/** Which processes a process has started, by the kernel's word. */
import { readdirSync, readFileSync } from 'node:fs';

/** None when it is gone. */
export function childrenOf(pid: number): readonly number[] {
  try {
    return readdirSync(`/proc/${String(pid)}/task`)
      .flatMap((task) => readFileSync(`/proc/${String(pid)}/task/${task}/children`, 'utf8').split(' '))
      .filter((text) => text !== '')
      .map(Number);
  } catch {
    return [];
  }
}

/** It, and all below it: a confined worker is a grandchild of the daemon. */
export function withDescendants(pid: number): readonly number[] {
  return [pid, ...childrenOf(pid).flatMap(withDescendants)];
}
