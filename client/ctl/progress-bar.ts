/** One line of progress on standard error while a request is under way; silent when that is not a terminal. */
import type { Progress } from '../rpc-client';
import { escapeLine } from './escape-text';
import type { OutputStream } from './terminal';
import { truncateText } from './text-width';

export interface ProgressBar {
  readonly isVisible: boolean;
  readonly show: (progress: Progress) => void;
  /** Wipes the line; must be called before anything else is written to standard error. */
  readonly clear: () => void;
}

const barWidth = 20;
const toLineStart = '\r\x1b[K';

export function createProgressBar(stream: OutputStream): ProgressBar {
  if (!stream.isTerminal) return { isVisible: false, show: () => undefined, clear: () => undefined };
  let shown = '';
  const draw = (line: string): void => {
    if (line === shown) return;
    stream.write(toLineStart + line);
    shown = line;
  };
  return {
    isVisible: true,
    show: (progress) => draw(renderProgress(progress, stream.columns ?? 80)),
    clear: () => draw(''),
  };
}

/** `copying objects [########............]  40% 12 of 30`, never wider than the terminal. */
export function renderProgress({ stage, percent, message }: Progress, columns: number): string {
  const parts = [stage];
  if (percent !== null) {
    const share = Math.min(100, Math.max(0, percent));
    const filled = Math.round((share / 100) * barWidth);
    const bar = '#'.repeat(filled) + '.'.repeat(barWidth - filled);
    parts.push(`[${bar}] ${String(Math.floor(share)).padStart(3)}%`);
  }
  if (message !== '') parts.push(message);
  return truncateText(escapeLine(parts.join(' ')), Math.max(1, columns - 1));
}
