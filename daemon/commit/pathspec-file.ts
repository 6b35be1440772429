/** `--pathspec-from-file`: reads and takes apart the list (pathspec.c: parse_pathspec_file; quote.c: unquote_c_style). */
import type { CommitCall } from './commit-call';
import { end, fatal, type End } from './outcome';

export async function readPathspecFile(call: CommitCall): Promise<readonly string[] | End> {
  const { container, options, invocation } = call;
  const file = options.pathspecFile ?? '-';
  const read = await container.read(file);
  if (read.kind === 'failed')
    return fatal(`could not open '${shownPath(invocation.prefix, file)}' for reading: ${read.reason}`);
  const paths = splitPathspecs(read.text, options.pathspecFileNul);
  if ('badLine' in paths) return fatal(`line is badly quoted: ${paths.badLine}`);
  const isNothing =
    paths.length === 0 && (options.include || (options.only && !options.allowEmpty && !options.amend));
  return isNothing ? end(128, 'fatal: No paths with --include/--only does not make sense.\n') : paths;
}

/** As git shows a path that was given relative to a subfolder. */
export function shownPath(prefix: string, path: string): string {
  return path.startsWith('/') || path === '-' ? path : `${prefix}${path}`;
}

export function splitPathspecs(
  text: string,
  isNulSeparated: boolean,
): readonly string[] | { readonly badLine: string } {
  const items = text.split(isNulSeparated ? '\0' : '\n');
  if (items.at(-1) === '') items.pop();
  if (isNulSeparated) return items;
  const result: string[] = [];
  for (const item of items) {
    const line = item.endsWith('\r') ? item.slice(0, -1) : item;
    const path = line.startsWith('"') ? unquote(line) : line;
    if (path === null) return { badLine: line };
    result.push(path);
  }
  return result;
}

const escapes: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\\': '\\',
  '"': '"',
};

/** A C-style quoted string that makes up the whole line; null: it does not. */
function unquote(line: string): string | null {
  const parts: string[] = [];
  for (let at = 1; at < line.length; at += 1) {
    const character = line.charAt(at);
    if (character === '"') return at === line.length - 1 ? parts.join('') : null;
    if (character !== '\\') {
      parts.push(character);
      continue;
    }
    const next = line.charAt(at + 1);
    const octal = /^[0-3][0-7]{2}/.exec(line.slice(at + 1, at + 4));
    const escaped = escapes[next];
    if (octal !== null) {
      parts.push(String.fromCharCode(Number.parseInt(octal[0], 8)));
      at += 3;
    } else if (escaped !== undefined) {
      parts.push(escaped);
      at += 1;
    } else return null;
  }
  return null;
}
