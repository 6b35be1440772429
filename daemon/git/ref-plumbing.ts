/**
 * Which calls of host git need no confinement: a start of bubblewrap costs more than such a call itself, and there are
 * several of them in every fetch, push and creation of an agent.
 */
import { isOwnStore, type GitCall } from './git-sandbox';

/** They read and write refs, and of objects the type, and commits and tags on the way from one to another. */
const commands: ReadonlySet<string> = new Set([
  ...['for-each-ref', 'merge-base', 'pack-refs', 'rev-parse', 'symbolic-ref', 'update-ref'],
]);

/** With one of these git works on objects or files that are not the store's own. */
const strangers = [
  ...['GIT_OBJECT_DIRECTORY', 'GIT_ALTERNATE_OBJECT_DIRECTORIES', 'GIT_INDEX_FILE', 'GIT_WORK_TREE'],
] as const;

/**
 * Whether a call only looks at refs of a store that nobody but the daemon writes, whose objects were checked (by a
 * confined git or worker) before they got there. Whatever is not known to be so is not.
 */
export function isRefPlumbing(command: string | undefined, call: GitCall): boolean {
  return (
    commands.has(command ?? '') &&
    call.profile === 'local' &&
    !call.isOtherUser &&
    call.reads.length === 0 &&
    strangers.every((name) => call.env[name] === undefined) &&
    isOwnStore(call.gitDir)
  );
}
