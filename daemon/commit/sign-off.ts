/**
 * `--signoff`: adds the line where git would (sequencer.c: append_signoff; trailer.c: find_trailer_start). Texts
 * carry one byte per character; everything is linear in the message.
 */
import { isBlank, isBlankCharacter } from './blank';
import { comment, locateCutLine } from './clean-message';

export interface TrailerRules {
  /** `trailer.separators`, by default ":". */
  readonly separators: string;
  /** The names of the configured trailers (`trailer.<name>.*`) and their `key` values. */
  readonly names: readonly string[];
}

interface Line {
  readonly start: number;
  readonly text: string;
}

const generatedPrefixes = ['Signed-off-by: ', '(cherry picked from commit '];

/** `identity` is `Name <mail>`, in bytes. */
export function appendSignOff(message: string, identity: string, rules: TrailerRules): string {
  const line = `Signed-off-by: ${identity}\n`;
  const ignored = ignoredBytes(message);
  let body = message.slice(0, message.length - ignored);
  const tail = message.slice(message.length - ignored);
  if (ignored === 0 && body !== '' && !body.endsWith('\n')) body += '\n';
  if (body === line) return body + tail;
  const footer = trailerLines(body, rules);
  if (footer === null) return body + gapBefore(body) + line + tail;
  return footer.at(-1)?.startsWith(line) === true ? body + tail : body + line + tail;
}

function gapBefore(body: string): string {
  if (body === '') return '\n\n';
  if (body.length === 1) return '\n';
  return body.at(-2) === '\n' ? '' : '\n';
}

/** Length of the comments and conflict lists at the end, below which nothing is to be written. */
function ignoredBytes(text: string): number {
  const cutoff = locateCutLine(text);
  let firstComment = 0;
  let isInConflicts = false;
  for (const { start, text: line } of linesOf(text)) {
    if (start >= cutoff) break;
    if (line === '' || line.startsWith(comment)) {
      firstComment = firstComment === 0 ? start : firstComment;
    } else if (line === 'Conflicts:' && text[start + line.length] === '\n') {
      isInConflicts = true;
      firstComment = firstComment === 0 ? start : firstComment;
    } else if (firstComment !== 0 && !(isInConflicts && line.startsWith('\t'))) {
      firstComment = 0;
      isInConflicts = false;
    }
  }
  return text.length - (firstComment === 0 ? cutoff : firstComment);
}

/** The first lines of the trailers at the end, each with its newline; null: there is no trailer block. */
function trailerLines(body: string, rules: TrailerRules): readonly string[] | null {
  const end = body.length - ignoredBytes(body);
  const text = body.slice(0, end);
  const lines = linesOf(text);
  const first = findTrailerStart(lines, rules);
  if (first === null) return null;
  // Continuation lines do not matter to the caller: it looks at how the last trailer begins.
  let isContinued = false;
  return lines.slice(first).flatMap(({ text: line }) => {
    if (isContinued && isBlankCharacter(line[0])) return [];
    isContinued = trailerName(line, rules.separators) !== null;
    return [`${line}\n`];
  });
}

/** Index of the first line of the block: all trailers, or a generated one and at least a quarter trailers. */
function findTrailerStart(lines: readonly Line[], rules: TrailerRules): number | null {
  const endOfTitle = lines.findIndex((line) => !line.text.startsWith(comment) && isBlank(line.text));
  if (endOfTitle < 0) return null;
  let isOnlyBlank = true;
  let isRecognized = false;
  let trailers = 0;
  let others = 0;
  let continuations = 0;
  for (let at = lines.length - 1; at >= endOfTitle; at -= 1) {
    const text = lines[at]?.text ?? '';
    if (text.startsWith(comment)) {
      others += continuations;
      continuations = 0;
      continue;
    }
    if (isBlank(text)) {
      if (isOnlyBlank) continue;
      others += continuations;
      const isBlock = (isRecognized && trailers * 3 >= others) || (trailers > 0 && others === 0);
      return isBlock ? at + 1 : null;
    }
    isOnlyBlank = false;
    const name = trailerName(text, rules.separators);
    if (generatedPrefixes.some((prefix) => text.startsWith(prefix))) {
      trailers += 1;
      continuations = 0;
      isRecognized = true;
    } else if (name !== null) {
      trailers += 1;
      continuations = 0;
      isRecognized ||= rules.names.some((known) => known.toLowerCase().startsWith(name.toLowerCase()));
    } else if (isBlankCharacter(text[0])) {
      continuations += 1;
    } else {
      others += 1 + continuations;
      continuations = 0;
    }
  }
  return null;
}

/** The token of a line `token: value`: letters, digits and hyphens, perhaps blanks, then a separator. */
function trailerName(line: string, separators: string): string | null {
  let isTokenDone = false;
  for (let at = 0; at < line.length; at += 1) {
    const character = line[at] ?? '';
    if (separators.includes(character)) return at < 1 ? null : line.slice(0, at);
    if (!isTokenDone && /[A-Za-z0-9-]/.test(character)) continue;
    if (at === 0 || (character !== ' ' && character !== '\t')) return null;
    isTokenDone = true;
  }
  return null;
}

function linesOf(text: string): readonly Line[] {
  const result: Line[] = [];
  for (let start = 0; start < text.length;) {
    const newline = text.indexOf('\n', start);
    const end = newline < 0 ? text.length : newline;
    result.push({ start, text: text.slice(start, end) });
    start = end + 1;
  }
  return result;
}
