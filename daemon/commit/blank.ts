/** What git's `isspace` takes for a blank: space, tab, newline, carriage return; not the form feed, not Unicode's. */
export function isBlankCharacter(character: string | undefined): boolean {
  return character === ' ' || character === '\t' || character === '\n' || character === '\r';
}

export function isBlank(text: string): boolean {
  for (const character of text) if (!isBlankCharacter(character)) return false;
  return true;
}

export function trimEnd(text: string): string {
  let end = text.length;
  while (end > 0 && isBlankCharacter(text[end - 1])) end -= 1;
  return end === text.length ? text : text.slice(0, end);
}
