/** Globs of branch names: `*` is any text within a path component, `**` any text. Linear time, no regular expression. */
export function matchesGlob(glob: string, text: string): boolean {
  let reachable = new Set([0]);
  for (let at = 0; at < glob.length; at += 1) {
    const isStar = glob[at] === '*';
    const crosses = isStar && glob[at + 1] === '*';
    reachable = isStar ? spread(reachable, text, crosses) : step(reachable, text, glob[at]);
    if (crosses) at += 1;
    if (reachable.size === 0) return false;
  }
  return reachable.has(text.length);
}

function step(positions: ReadonlySet<number>, text: string, character: string | undefined): Set<number> {
  return new Set(
    [...positions]
      .filter((position) => text[position] === character && position < text.length)
      .map((p) => p + 1),
  );
}

function spread(positions: ReadonlySet<number>, text: string, crosses: boolean): Set<number> {
  const result = new Set<number>();
  for (const start of positions) {
    for (let position = start; position <= text.length && !result.has(position); position += 1) {
      result.add(position);
      if (!crosses && text[position] === '/') break;
    }
  }
  return result;
}
