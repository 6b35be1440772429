/** Writes answers: JSON for programs or text for people, and never a raw control character from an agent. */
import { escapeJson, escapeLine, escapeText } from './escape-text';
import { createProgressBar, type ProgressBar } from './progress-bar';
import { createStyle, type Style } from './style';
import type { Terminal } from './terminal';

export interface Output {
  /** How to write for people on standard output; `render` functions get it. */
  readonly style: Style;
  readonly isJson: boolean;
  /** The method's result as one JSON document, or what `render` makes of it. Returns exit code 0. */
  readonly answer: <R>(result: R, render: (result: R, style: Style) => string) => number;
  /** One value as JSON, whatever --json says; `line` for streams of them. */
  readonly json: (value: unknown, form?: 'document' | 'line') => void;
  /** Text that was escaped already, or is ours. */
  readonly text: (text: string) => void;
  /** What a container printed: its bytes, but on a terminal with control characters made visible. */
  readonly log: (stream: 'stdout' | 'stderr', text: string) => void;
  /** Exactly these bytes, for the user's own command. */
  readonly raw: (stream: 'stdout' | 'stderr', data: Uint8Array) => void;
  /** A line on standard error: `warning: …`, `hint: …`. */
  readonly note: (kind: 'gitisoctl' | 'hint' | 'warning', message: string) => void;
  readonly progress: ProgressBar;
}

export function createOutput(terminal: Terminal, isJson: boolean): Output {
  const { stdout, stderr } = terminal;
  const style = createStyle(terminal, stdout);
  const errorStyle = createStyle(terminal, stderr);
  const progress = createProgressBar(stderr);
  const json: Output['json'] = (value, form = 'document') =>
    stdout.write(`${escapeJson(value, form === 'line' ? 0 : 2)}\n`);
  return {
    style,
    isJson,
    json,
    answer: (result, render) => {
      progress.clear();
      if (isJson) json(result);
      else stdout.write(render(result, style));
      return 0;
    },
    text: (text) => stdout.write(text),
    log: (stream, text) => terminal[stream].write(terminal[stream].isTerminal ? escapeText(text) : text),
    raw: (stream, data) => terminal[stream].write(data),
    note: (kind, message) => {
      progress.clear();
      const label = errorStyle.paint(kind === 'gitisoctl' ? 'red' : 'yellow', `${kind}:`);
      stderr.write(`${label} ${escapeLine(message)}\n`);
    },
    progress,
  };
}
