/**
 * What host git prints, made fit for an agent's terminal: the host's own names (URLs with user names, folders) replaced
 * by what the agent knows, and only the lines that its own git would not print anyway. Pure.
 */
import type { RemoteTarget } from './find-target';

export type Replacement = readonly [from: string, to: string];

/** What must not be shown, or not as it is, longest first. git itself leaves out `.git` in some messages. */
export function hostNames(target: RemoteTarget, folders: readonly string[]): readonly Replacement[] {
  const own = folders.map((folder) => [folder, 'origin'] as const);
  if (target.kind === 'clone') return own;
  const { url } = target.url;
  const names = target.url.protocol === 'file' ? [url, url.replace(/^file:\/\//, '')] : [url];
  const shown = target.display;
  return [
    ...names.map((name) => [name, shown] as const),
    ...names.map((name) => [stemOf(name), stemOf(shown)] as const),
    ...own,
  ];
}

function stemOf(name: string): string {
  return name.replace(/\/*(\.git)?\/*$/, '');
}

export function hideHostNames(text: string, replacements: readonly Replacement[]): string {
  return replacements.reduce(
    (result, [from, to]) => (from === '' || from === to ? result : result.replaceAll(from, to)),
    text,
  );
}

/** Gathers text into lines, each with the `\n` or `\r` at its end; a very long one comes in pieces. */
export interface LineSplitter {
  readonly push: (text: string) => readonly string[];
  readonly rest: () => readonly string[];
}

const longestLine = 8192;

export function createLineSplitter(): LineSplitter {
  let waiting = '';
  return {
    push: (text) => {
      const parts = (waiting + text).split(/(?<=[\n\r])/);
      const last = parts.at(-1) ?? '';
      const isOpen = !/[\n\r]$/.test(last) && last.length <= longestLine;
      waiting = isOpen ? last : '';
      return (isOpen ? parts.slice(0, -1) : parts).filter((part) => part !== '');
    },
    rest: () => {
      const last = waiting;
      waiting = '';
      return last === '' ? [] : [last];
    },
  };
}

/** `From <url>` and the table of refs: the agent's own git prints them for what it takes. */
export function isFetchSummary(line: string): boolean {
  return /^From /.test(line) || /^ [ +*\-=t!] .* -> /.test(line);
}

/** Lines that git prints only when it shows progress, its own or the server's. */
export function isProgress(line: string): boolean {
  return (
    /^(remote: )?(Enumerating|Counting|Compressing|Receiving|Resolving|Unpacking|Writing|Indexing|Updating) [^:]*: +/.test(
      line,
    ) || /^(remote: )?Total \d+ \(delta/.test(line)
  );
}
