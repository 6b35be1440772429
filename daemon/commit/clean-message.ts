/**
 * Commit messages as git cleans them (strbuf_stripspace, cleanup_message and their relatives). Texts carry one byte
 * per character. Every function is linear in the text, which is an agent's.
 */
import { isBlank, trimEnd } from './blank';

/** What `--cleanup` comes to once it is known whether an editor was used. */
export type CleanupMode = 'verbatim' | 'whitespace' | 'strip' | 'scissors';

const cutLine = '------------------------ >8 ------------------------\n';
const signOffHeader = 'Signed-off-by: ';

export function cleanupMode(name: string | null, usesEditor: boolean): CleanupMode {
  switch (name) {
    case 'verbatim':
    case 'whitespace':
    case 'strip':
      return name;
    case 'scissors':
      return usesEditor ? 'scissors' : 'whitespace';
    default:
      return usesEditor ? 'strip' : 'whitespace';
  }
}

/** Removes trailing blanks of lines, empty lines at both ends, repeated empty lines and, with `comment`, comments. */
export function stripSpace(text: string, comment: string | null): string {
  const kept: string[] = [];
  let isEmptyBefore = false;
  for (const line of text.split('\n')) {
    if (comment !== null && line.startsWith(comment)) continue;
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

/** The last clean-up, of what the editor and the hooks left. */
export function cleanMessage(text: string, mode: CleanupMode, comment: string, isVerbose: boolean): string {
  const cut = isVerbose || mode === 'scissors' ? text.slice(0, locateCutLine(text, comment)) : text;
  return mode === 'verbatim' ? cut : stripSpace(cut, mode === 'strip' ? comment : null);
}

/** Index at which the part below the scissors begins, or the length. */
export function locateCutLine(text: string, comment: string): number {
  const pattern = `${comment} ${cutLine}`;
  if (text.startsWith(pattern)) return 0;
  const at = text.indexOf(`\n${pattern}`);
  return at < 0 ? text.length : at + 1;
}

/** Nothing but blanks and sign-offs. */
export function isEmptyMessage(text: string, mode: CleanupMode): boolean {
  if (mode === 'verbatim' && text.length > 0) return false;
  return text.split('\n').every((line) => line.startsWith(signOffHeader) || isBlank(line));
}

/**
 * The comment character in force: with `core.commentChar=auto` the first that begins no line of the message;
 * null when all are used.
 */
export function commentCharacter(configured: string | null, text: string): string | null {
  if (configured !== 'auto') return configured ?? '#';
  const candidates = ['#', ';', '@', '!', '$', '%', '^', '&', '|', ':'];
  if (!text.includes('#')) return '#';
  const used = new Set([text[0]]);
  for (let at = 0; at < text.length - 1; at += 1)
    if (text[at] === '\n' || text[at] === '\r') used.add(text[at + 1]);
  return candidates.find((candidate) => !used.has(candidate)) ?? null;
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
