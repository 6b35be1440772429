/** The id a repository gets when nobody names one: from the last component of its location. Pure. */
import { isRepoId, type RepoId } from '../../shared/ids';

const maxLength = 63;

/** `isTaken` decides what is unique; a number is appended until a name is free. */
export function defaultRepoId(name: string, isTaken: (id: RepoId) => boolean): RepoId {
  const stem = sanitise(name);
  for (let number = 1; ; number += 1) {
    const suffix = number === 1 ? '' : `-${number}`;
    const candidate = `${stem.slice(0, maxLength - suffix.length)}${suffix}`;
    if (isRepoId(candidate) && !isTaken(candidate)) return candidate;
  }
}

function sanitise(name: string): string {
  const text = name
    .toLowerCase()
    .normalize('NFKD')
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '');
  return text === '' ? 'repo' : text;
}
