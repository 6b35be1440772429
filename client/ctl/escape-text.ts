/**
 * Makes text from agents safe to show: whatever could move the cursor, recolour, reorder or hide text becomes
 * visible. Nothing that came from a container or repository reaches a terminal without going through here.
 */

/**
 * Control characters (C0, C1), format characters (bidi overrides and isolates, zero-width, tags), lone
 * surrogates, and the Unicode line and paragraph separators.
 */
const unsafe = /[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/gu;

const shortForms: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/** For one line or table cell: also line breaks and tabs become visible. */
export function escapeLine(text: string): string {
  return text.replace(unsafe, (character) => shortForms[character] ?? escapeCharacter(character));
}

/** For text of several lines, like a log: line feeds and tabs stay. */
export function escapeText(text: string): string {
  return text
    .replace(/\r\n/g, '\n')
    .replace(unsafe, (character) =>
      character === '\n' || character === '\t'
        ? character
        : (shortForms[character] ?? escapeCharacter(character)),
    );
}

/** JSON that means the same and holds none of those characters raw. `indent` 0 gives one line. */
export function escapeJson(value: unknown, indent: number): string {
  const json = JSON.stringify(value, null, indent);
  return json.replace(unsafe, (character) => {
    if (character === '\n') return character;
    const units = Array.from({ length: character.length }, (_, index) => character.charCodeAt(index));
    return units.map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`).join('');
  });
}

function escapeCharacter(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  const hex = code.toString(16);
  return code < 0x100 ? `\\x${hex.padStart(2, '0')}` : `\\u{${hex}}`;
}
