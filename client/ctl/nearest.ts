/** Finds the known word a mistyped one was probably meant to be, for hints only. */

/** The candidate with the fewest edits, or null when none is near enough to be meant (a third of the letters). */
export function findNearest(word: string, candidates: Iterable<string>): string | null {
  const limit = Math.max(1, Math.floor(word.length / 3));
  let nearest: string | null = null;
  let fewest = limit + 1;
  for (const candidate of candidates) {
    const distance = editDistance(word, candidate);
    if (distance < fewest) {
      fewest = distance;
      nearest = candidate;
    }
  }
  return nearest ?? findExtension(word, candidates);
}

/** A word that was cut short ("comp") is near to the only candidate that begins with it. */
function findExtension(word: string, candidates: Iterable<string>): string | null {
  const stem = word.replace(/^-+/, '');
  if (stem.length < 2) return null;
  const extensions = [...candidates].filter((candidate) => candidate.startsWith(word));
  return extensions.length === 1 ? (extensions[0] ?? null) : null;
}

/** Insertions, deletions, replacements and swaps of neighbours (optimal string alignment). */
function editDistance(a: string, b: string): number {
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, column) => column)];
  const at = (row: number, column: number): number => rows[row]?.[column] ?? 0;
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    rows.push(row);
    for (let j = 1; j <= b.length; j++) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1;
      let fewest = Math.min(at(i - 1, j) + 1, at(i, j - 1) + 1, at(i - 1, j - 1) + cost);
      const isSwap = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      if (isSwap) fewest = Math.min(fewest, at(i - 2, j - 2) + 1);
      row.push(fewest);
    }
  }
  return at(a.length, b.length);
}
