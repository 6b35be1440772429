/**
 * Makes text from agents safe to show: whatever could move the cursor, recolour, reorder or hide text becomes
 * visible. Nothing that came from a container or repository reaches a terminal without going through here.
 */

const shortForms: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/** For one line or table cell: also line breaks and tabs become visible. */
export function escapeLine(text: string): string {
  return replaceUnsafe(text, (character) => shortForms[character] ?? escapeCharacter(character));
}

/** For text of several lines, like a log: line feeds and tabs stay. */
export function escapeText(text: string): string {
  return replaceUnsafe(text.replace(/\r\n/g, '\n'), (character) =>
    character === '\n' || character === '\t'
      ? character
      : (shortForms[character] ?? escapeCharacter(character)),
  );
}

/** JSON that means the same and holds none of those characters raw. `indent` 0 gives one line. */
export function escapeJson(value: unknown, indent: number): string {
  const json = JSON.stringify(value, null, indent);
  return replaceUnsafe(json, (character) => {
    if (character === '\n') return character;
    const units = Array.from({ length: character.length }, (_, index) => character.charCodeAt(index));
    return units.map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`).join('');
  });
}

/**
 * Unsafe are control characters (C0, C1), format characters (bidi overrides and isolates, zero-width, tags), lone
 * surrogates, and the Unicode line and paragraph separators.
 */
function replaceUnsafe(text: string, replace: (character: string) => string): string {
  // Making the other expression takes milliseconds, and most texts are ASCII.
  if (/^[\x20-\x7e]*$/.test(text)) return text;
  return text.replace(/[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/gu, replace);
}

function escapeCharacter(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  const hex = code.toString(16);
  return code < 0x100 ? `\\x${hex.padStart(2, '0')}` : `\\u{${hex}}`;
}
