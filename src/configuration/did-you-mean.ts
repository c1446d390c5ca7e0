// Finds what somebody probably meant: the nearest known word, where one is near enough.

/** The known word nearest to `word`, or undefined where none is within a third of its length. */
export function nearest(word: string, known: Iterable<string>): string | undefined {
  const wanted = plain(word);
  let best: string | undefined;
  let bestDistance = Math.max(1, Math.floor(wanted.length / 3)) + 1;
  for (const candidate of known) {
    const distance = editDistance(wanted, plain(candidate), bestDistance);
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

/** `Did you mean "x"?`, else the list of what is known, else the given sentence. */
export function suggestion(word: string, known: readonly string[], otherwise?: string): string | undefined {
  const near = nearest(word, known);
  if (near !== undefined) return `Did you mean "${near}"?`;
  if (otherwise !== undefined) return otherwise;
  return known.length === 0 ? undefined : `Known here: ${shorten([...new Set(known)]).join(", ")}.`;
}

function shorten(known: readonly string[]): readonly string[] {
  return known.length <= 15 ? known : [...known.slice(0, 12), `and ${known.length - 12} more`];
}

/** `rate-limiting`, `rate_limiting` and `ratelimiting` are the same slip. */
function plain(word: string): string {
  return word.toLowerCase().replaceAll(/[-_]/g, "");
}

/** Optimal string alignment: insertions, deletions, replacements and swapped neighbours count one each. */
function editDistance(left: string, right: string, giveUpAt: number): number {
  if (Math.abs(left.length - right.length) >= giveUpAt) return giveUpAt;
  let beforeLast: number[] = [];
  let last = Array.from({ length: right.length + 1 }, (_, i) => i);
  for (let i = 1; i <= left.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= right.length; j += 1) {
      const same = left[i - 1] === right[j - 1];
      let cost = Math.min(at(last, j) + 1, at(row, j - 1) + 1, at(last, j - 1) + (same ? 0 : 1));
      const swapped = i > 1 && j > 1 && left[i - 1] === right[j - 2] && left[i - 2] === right[j - 1];
      if (swapped) cost = Math.min(cost, at(beforeLast, j - 2) + 1);
      row.push(cost);
    }
    beforeLast = last;
    last = row;
  }
  return at(last, right.length);
}

function at(row: readonly number[], index: number): number {
  return row[index] ?? Number.POSITIVE_INFINITY;
}
