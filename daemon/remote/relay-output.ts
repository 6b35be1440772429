/**
 * Passes what host git prints on to the agent's terminal, line by line as it comes, with the host's own names (URLs
 * with user names, folders, object ids in place of branch names) replaced by what the agent knows.
 */
import type { Container } from '../commit/container';
import { displayForAgent, type RemoteUrl } from './remote-url';

export interface Relay {
  readonly onStderr: (text: string) => void;
  /** For text that was collected; the same replacements. */
  readonly translate: (text: string) => string;
  /** Sends what is left and waits until everything was sent. */
  readonly finish: () => Promise<void>;
}

export type Replacement = readonly [from: string, to: string];

/** What of a remote must not be shown, or not as it is. git itself leaves out `.git` in some messages. */
export function remoteReplacements(remote: RemoteUrl, directory: string): readonly Replacement[] {
  const shown = displayForAgent(remote);
  const names =
    remote.protocol === 'file' ? [remote.url, remote.url.replace(/^file:\/\//, '')] : [remote.url];
  const stems = names.map((name) => name.replace(/\/*(\.git)?\/*$/, ''));
  return [
    ...names.map((name) => [name, shown] as const),
    ...stems.map((stem) => [stem, shown.replace(/\.git$/, '')] as const),
    [directory, 'origin'],
  ];
}

/** A line longer than this is sent in pieces. */
const longestLine = 8192;

/** The longest replacements should come first. Text is sent with one byte per character. */
export function createRelay(
  container: Pick<Container, 'print'>,
  replacements: readonly Replacement[],
): Relay {
  let rest = '';
  let sending: Promise<void> = Promise.resolve();
  const translate = (text: string): string =>
    replacements.reduce((result, [from, to]) => (from === '' ? result : result.replaceAll(from, to)), text);
  const send = (text: string): void => {
    if (text === '') return;
    const bytes = Buffer.from(translate(text), 'utf8').toString('latin1');
    sending = sending.then(() => container.print(2, bytes));
  };
  return {
    translate,
    onStderr: (text) => {
      rest += text;
      const end = Math.max(rest.lastIndexOf('\n'), rest.lastIndexOf('\r')) + 1;
      const cut = end === 0 && rest.length > longestLine ? rest.length : end;
      send(rest.slice(0, cut));
      rest = rest.slice(cut);
    },
    finish: async () => {
      send(rest);
      rest = '';
      await sending;
    },
  };
}
