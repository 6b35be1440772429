/** Text from an agent, fit for a terminal: control and invisible direction characters are shown as escapes. */
export function printableText(text: string): string {
  return text.replace(
    /[\x00-\x08\x0a-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/gu,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
