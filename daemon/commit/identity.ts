/** Names and addresses as git forms them (ident.c: fmt_ident, split_ident_line). Text here is Unicode, not bytes. */
export interface Person {
  readonly name: string;
  readonly email: string;
}

const crud = ' .,:;<>"\\\'';

/** Trims what git calls crud; null: nothing is left of the name, which git refuses. */
export function formPerson(name: string, email: string): Person | null {
  const cleanName = withoutCrud(name);
  return cleanName === '' ? null : { name: cleanName, email: withoutCrud(email) };
}

/** `Name <mail>`; null: malformed. */
export function splitPerson(text: string): Person | null {
  const open = text.indexOf('<');
  const close = open < 0 ? -1 : text.indexOf('>', open + 1);
  if (close < 0) return null;
  return { name: trimBlanks(text.slice(0, open)), email: text.slice(open + 1, close) };
}

export function formatPerson(person: Person): string {
  return `${person.name} <${person.email}>`;
}

function trimBlanks(text: string): string {
  let end = text.length;
  while (end > 0 && ' \t\n\r'.includes(text.charAt(end - 1))) end -= 1;
  return text.slice(0, end);
}

function withoutCrud(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && isCrud(text.charAt(start))) start += 1;
  while (end > start && isCrud(text.charAt(end - 1))) end -= 1;
  return text.slice(start, end).replaceAll(/[\n<>]/g, '');
}

function isCrud(character: string): boolean {
  return character <= ' ' || crud.includes(character);
}
