// Numbers of CWE as tools write them, and which of them are the same flaw in more or less detail.

/** `CWE-89`, `cwe-089`, `external/cwe/cwe-089`, `CWE-89: SQL Injection`, `89` */
export function cweOf(values: readonly unknown[]): readonly number[] {
  const numbers = values.flatMap((value) => {
    if (typeof value === "number") return [value];
    if (typeof value !== "string") return [];
    const digits = /^(?:.*\bcwe[-_/ ]?)?(\d{1,5})\b/i.exec(value)?.[1];
    return digits === undefined ? [] : [Number(digits)];
  });
  return [...new Set(numbers.filter((number) => Number.isInteger(number) && number > 0))].slice(0, COUNT_MAX);
}

const COUNT_MAX = 10;

/** Children by the research view of CWE (1000), where tools differ in how exact they are. */
const FAMILIES: readonly (readonly [number, readonly number[]])[] = [
  [22, [23, 35, 36, 73]],
  [78, [77, 88]],
  [79, [80, 83, 87, 116]],
  [89, [564]],
  [94, [95, 96]],
  [200, [209, 497, 548]],
  [295, [296, 297, 298, 299, 599]],
  [327, [326, 328, 916]],
  [338, [330, 331]],
  [611, [776]],
  [639, [862, 863]],
  [770, [400, 799]],
  [798, [259, 321, 547]],
  [915, [1321]],
];
const HEADS = new Map(FAMILIES.flatMap(([head, members]) => members.map((member) => [member, head] as const)));

export function headOf(cwe: number): number {
  return HEADS.get(cwe) ?? cwe;
}
