// Ranges of positions: counted, cut out and joined.

/** Positions from one to another, both included. */
export type Range = readonly [from: number, to: number];

/** How many positions they have together. */
export function lengthOf(ranges: readonly Range[]): number {
  return ranges.reduce((sum, [from, to]) => sum + to - from + 1, 0);
}

/** How many of the positions from `from` to before `to` lie in the ranges. */
export function countIn(ranges: readonly Range[], from: number, to: number): number {
  let count = 0;
  for (const [first, last] of ranges) count += Math.max(0, Math.min(last + 1, to) - Math.max(first, from));
  return count;
}

/** The parts of the range that lie in none of these. */
export function without(range: Range, ranges: readonly Range[]): Range[] {
  const left: Range[] = [];
  let from = range[0];
  for (const [first, last] of ranges) {
    if (last < from || first > range[1]) continue;
    if (first > from) left.push([from, first - 1]);
    from = last + 1;
  }
  if (from <= range[1]) left.push([from, range[1]]);
  return left;
}

/** The ranges and one more, in order, joined where they touch. */
export function withRange(ranges: readonly Range[], range: Range): Range[] {
  const joined: [number, number][] = [];
  for (const [first, last] of inOrder([...ranges, range])) {
    const before = joined.at(-1);
    if (before === undefined || before[1] + 1 < first) joined.push([first, last]);
    else before[1] = Math.max(before[1], last);
  }
  return joined;
}

export function inOrder(ranges: readonly Range[]): Range[] {
  return ranges.toSorted((a, b) => a[0] - b[0]);
}
