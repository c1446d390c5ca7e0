// What a test shows of rules: that they fire, or that they are silent. every-rule.test.ts reads these calls, so the rules stand in them as they are.
import { expect } from "vitest";

type Found = readonly (string | { readonly rule: string })[];

/** Each of the rules is found. */
export function fires(found: Found, ...rules: readonly string[]): void {
  expect(namesOf(found)).toEqual(expect.arrayContaining([...rules]));
}

/** None of the rules is found. */
export function isSilent(found: Found, ...rules: readonly string[]): void {
  expect(namesOf(found).filter((name) => rules.includes(name))).toEqual([]);
}

/** Texts begin with the rule. */
function namesOf(found: Found): string[] {
  return found.map((one) => (typeof one === "string" ? (/^[\w.-]+/.exec(one)?.[0] ?? "") : one.rule));
}
