/** How many columns a text takes on a terminal, near enough for aligned tables; it measures escaped text only. */

export function textWidth(text: string): number {
  if (/^[\x20-\x7e]*$/.test(text)) return text.length;
  let width = 0;
  for (const character of text) width += characterWidth(character);
  return width;
}

/** Cuts to so many columns, with an ellipsis in the last one. */
export function truncateText(text: string, columns: number): string {
  if (textWidth(text) <= columns) return text;
  let width = 1;
  let kept = '';
  for (const character of text) {
    width += characterWidth(character);
    if (width > columns) break;
    kept += character;
  }
  return `${kept}…`;
}

/** The expressions stand in here because making them takes milliseconds, and most texts are ASCII. */
function characterWidth(character: string): number {
  if (character < '\x7f') return 1;
  if (/[\p{Mn}\p{Me}]/u.test(character)) return 0;
  // Terminals give two columns to East Asian wide and full-width characters, and to emoji.
  const isWide =
    /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Emoji_Presentation}\u3000-\u303e\uff01-\uff60\uffe0-\uffe6]/u;
  return isWide.test(character) ? 2 : 1;
}
