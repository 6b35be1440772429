/** Looks up groups of the host in /etc/group. Groups of a directory service are given by their number. */
import { readFileSync } from 'node:fs';

/** The group's id, null when there is no such group. A number stands for itself. */
export function findGroupId(name: string): number | null {
  if (/^[0-9]{1,9}$/.test(name)) return Number(name);
  for (const line of readGroups()) {
    const [group, , gid] = line.split(':');
    if (group === name && gid !== undefined) return Number(gid);
  }
  return null;
}

function readGroups(): readonly string[] {
  try {
    return readFileSync('/etc/group', 'utf8').split('\n');
  } catch {
    return [];
  }
}
