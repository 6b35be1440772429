/** Pure: the generated parts of docs/fidelity.md, from the shim's own table and from what the differential suite accepts. */
import { commandRules, knownCommands, type CommandRule } from '../../shared/git-commands';
import { knownDifferences } from '../../test/differential/known-differences';

/** The page with what stands between its markers made anew. Throws when a marker is missing. */
export function updatedPage(page: string): string {
  return [...parts()].reduce((text, [name, content]) => replacePart(text, name, content), page);
}

function parts(): ReadonlyMap<string, string> {
  return new Map([
    ['commands', commandTable()],
    ['differences', differenceTable()],
  ]);
}

function replacePart(page: string, name: string, content: string): string {
  const [begin, end] = [`<!-- generated: ${name} -->`, `<!-- end of ${name} -->`];
  const [start, stop] = [page.indexOf(begin), page.indexOf(end)];
  if (start < 0 || stop < start) throw new Error(`the page has no place for: ${name}`);
  return `${page.slice(0, start + begin.length)}\n\n${content}\n\n${page.slice(stop)}`;
}

function commandTable(): string {
  const rules = [...commandRules].sort((left, right) => (left.name < right.name ? -1 : 1));
  const named = new Set(rules.map(({ name }) => name));
  const local = knownCommands.filter((name) => !named.has(name)).sort();
  return [
    ...table(['command', 'way', 'note'], rules.map(commandRow)),
    '',
    `Local is every other command: ${local.map((name) => `\`${name}\``).join(', ')},`,
    'and what git does not know: aliases (whose commands have ways of their own) and programs `git-<name>`.',
  ].join('\n');
}

function commandRow({ name, way, note, local }: CommandRule): readonly string[] {
  const forms =
    local === undefined ? '' : `; local with ${local.any.map((form) => `\`${form}\``).join(', ')}`;
  return [`\`git ${name}\``, way, note + forms];
}

function differenceTable(): string {
  if (knownDifferences.length === 0) return 'Nothing that the suite sees.';
  return table(
    ['what differs', 'why', 'seen in'],
    knownDifferences.map(({ what, reason, scenarios }) => [what, reason, scenarios.join('; ')]),
  ).join('\n');
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): readonly string[] {
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.map(escaped).join(' | ')} |`);
}

function escaped(cell: string): string {
  return cell.replaceAll('|', '\\|');
}
