/** Colours, for terminals only and never when the user said no (https://no-color.org). */
import type { OutputStream, Terminal } from './terminal';

const codes = { bold: '1', dim: '2', red: '31', green: '32', yellow: '33', cyan: '36' } as const;
export type Colour = keyof typeof codes;

/** How text for people is written to one stream. */
export interface Style {
  /** The text itself when colours are off. The text must be escaped already. */
  readonly paint: (colour: Colour, text: string) => string;
  readonly columns: number | null;
  readonly now: Date;
}

export function createStyle(terminal: Pick<Terminal, 'env' | 'now'>, stream: OutputStream): Style {
  const { NO_COLOR, TERM } = terminal.env;
  const hasColours = stream.isTerminal && (NO_COLOR === undefined || NO_COLOR === '') && TERM !== 'dumb';
  return {
    paint: (colour, text) => (hasColours && text !== '' ? `\x1b[${codes[colour]}m${text}\x1b[0m` : text),
    columns: stream.columns,
    now: terminal.now(),
  };
}

const statusColours: Readonly<Record<string, Colour>> = {
  ready: 'green',
  running: 'green',
  accepted: 'green',
  creating: 'cyan',
  stopped: 'yellow',
  draining: 'yellow',
  removed: 'dim',
  error: 'red',
  denied: 'red',
  failed: 'red',
};

/** Status words of agents, the daemon and audit records, each in its colour. */
export function paintStatus(style: Style, status: string): string {
  const colour = statusColours[status.trim()];
  return colour === undefined ? status : style.paint(colour, status);
}
