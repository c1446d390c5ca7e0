// Judges many values at once, so that a failure names each value that was judged otherwise.

/** Those values, with their verdicts, for which `judge` does not give `expected`. */
export function others<T, V>(values: readonly T[], judge: (value: T) => V, expected: V): [T, V][] {
  return values.map((value): [T, V] => [value, judge(value)]).filter(([, verdict]) => verdict !== expected);
}
