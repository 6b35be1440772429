/**
 * Commit messages as git cleans them (strbuf_stripspace, cleanup_message and their relatives). Texts carry one byte
 * per character. Every function is linear in the text, which is an agent's.
 */
import { isBlank, trimEnd } from './blank';

/** What `--cleanup` comes to without an editor. */
export type CleanupMode = 'verbatim' | 'whitespace' | 'strip';

/** Other characters (core.commentChar) are left to git. */
export const comment = '#';
const cutLine = `${comment} ------------------------ >8 ------------------------\n`;
const signOffHeader = 'Signed-off-by: ';

/** null: there is no such mode. */
export function cleanupMode(name: string | null): CleanupMode | null {
  switch (name) {
    case 'verbatim':
    case 'strip':
      return name;
    case 'whitespace':
    case 'scissors':
    case 'default':
    case null:
      return 'whitespace';
    default:
      return null;
  }
}

/** Removes trailing blanks of lines, empty lines at both ends and repeated ones, and comments where wanted. */
export function stripSpace(text: string, removesComments: boolean): string {
  const kept: string[] = [];
  let isEmptyBefore = false;
  for (const line of text.split('\n')) {
    if (removesComments && line.startsWith(comment)) continue;
    const trimmed = trimEnd(line);
    if (trimmed === '') {
      isEmptyBefore = true;
      continue;
    }
    if (isEmptyBefore && kept.length > 0) kept.push('');
    isEmptyBefore = false;
    kept.push(trimmed);
  }
  return kept.length === 0 ? '' : `${kept.join('\n')}\n`;
}

/** The last clean-up. */
export function cleanMessage(text: string, mode: CleanupMode): string {
  return mode === 'verbatim' ? text : stripSpace(text, mode === 'strip');
}

/** Index at which the part below the scissors begins, or the length. */
export function locateCutLine(text: string): number {
  if (text.startsWith(cutLine)) return 0;
  const at = text.indexOf(`\n${cutLine}`);
  return at < 0 ? text.length : at + 1;
}

/** Nothing but blanks and sign-offs. */
export function isEmptyMessage(text: string, mode: CleanupMode): boolean {
  if (mode === 'verbatim' && text.length > 0) return false;
  return text.split('\n').every((line) => line.startsWith(signOffHeader) || isBlank(line));
}

/** The first paragraph on one line, as `%s` prints it. */
export function subjectOf(message: string): string {
  const lines: string[] = [];
  for (let start = skipEmptyLines(message); start < message.length;) {
    const newline = message.indexOf('\n', start);
    const end = newline < 0 ? message.length : newline;
    const line = trimEnd(message.slice(start, end));
    if (line === '') break;
    lines.push(line);
    start = end + 1;
  }
  return lines.join(' ');
}

/** Index of the first line that is not blank. */
export function skipEmptyLines(text: string): number {
  let start = 0;
  for (;;) {
    const newline = text.indexOf('\n', start);
    const end = newline < 0 ? text.length : newline;
    if (start >= text.length || !isBlank(text.slice(start, end))) return start;
    start = end + 1;
  }
}
