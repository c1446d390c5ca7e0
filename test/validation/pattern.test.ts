// Attack I13: no pattern of a document and no value can make a check slow; meanings stay those of ECMA-262.
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isPatternProblem, linearPattern } from "../../src/validation/pattern.ts";
import { schemasOf } from "./document.ts";

function matches(pattern: string, text: string): boolean {
  const result = linearPattern(pattern);
  if (isPatternProblem(result)) throw new Error(result.what);
  return result.test(text);
}

describe("patterns", () => {
  it("I13 catastrophic patterns take linear time", () => {
    const length = 50_000;
    const cases: [string, string][] = [
      ["^(a+)+$", `${"a".repeat(length)}!`],
      ["^(a|a)*$", `${"a".repeat(length)}!`],
      ["^(a|aa)+$", `${"a".repeat(length)}!`],
      ["^a*a*a*a*b$", "a".repeat(length)],
      ["^(.*a){10}$", `${"a".repeat(length)}!`],
      ["([a-z]+)+@", "a".repeat(length)],
      [
        "^\\+?\\+?\\+?\\+?\\+?\\+?\\+?\\+?\\+?\\+?\\+?\\+?\\+?\\+?\\+?\\+?\\+?\\+?\\+?\\+?\\+?\\+?\\+?\\+?\\+?x$",
        "+".repeat(25),
      ],
      ["\\s+$", `${" ".repeat(length)}x`],
    ];
    const before = process.cpuUsage();
    for (const [pattern, text] of cases) expect(matches(pattern, text)).toBe(false);
    expect(process.cpuUsage(before).user / 1_000).toBeLessThan(5_000);
  });

  it("means what ECMA-262 means", () => {
    const patterns = [
      "^[a-z]{2,4}$",
      "^.$",
      "(a|b)c?",
      "^\\s+$",
      "[\\s\\S]",
      "^[^\\s]+(x)?$",
      "^\\S(\\S)?$",
      "\\bfoo\\b",
      "^[\\w.-]+$",
      "^(?<year>\\d{4})-(\\d{2})$",
      "^[^]$",
      "^(?:\\u00e9|\\u{1F600}|\\ud83d\\ude01)$",
      "^\\p{Lu}(\\p{L})*$",
      "a$",
      "^[\\b\\-\\]]*$",
    ];
    const characters = fc.constantFrom(..."abcfoxAÉé.-_0123456789 \n\r\t\u00a0\u2028\ufeff\b]x".split(""), "😀", "😁");
    fc.assert(
      fc.property(fc.constantFrom(...patterns), fc.array(characters, { maxLength: 8 }), (pattern, parts) => {
        const text = parts.join("");
        expect(matches(pattern, text)).toBe(new RegExp(pattern, "u").test(text));
      }),
      { numRuns: 3_000 },
    );
  });

  it("keeps patterns apart: ajv caches them by their text", () => {
    const { check } = schemasOf({
      Both: { properties: { a: { pattern: "^(x|y)$" }, b: { pattern: "^(1|2)$" } } },
    });
    expect(check("Both").fits({ a: "x", b: "1" })).toBe(true);
    expect(check("Both").fits({ a: "x", b: "x" })).toBe(false);
    expect(check("Both").fits({ a: "1", b: "1" })).toBe(false);
  });

  it("says at the start, with the place, what no linear engine can do", () => {
    for (const [pattern, what] of [
      ["^(?=.*\\d).+$", "uses look-ahead at character 2"],
      ["(?<!a)b", "uses look-behind at character 1"],
      ["^(a)\\1$", "uses a back-reference at character 5"],
      ["^(?<n>a)\\k<n>$", "uses a back-reference"],
      ["^(ab){1,2000}$", "cannot be run in linear time"],
      ["[a", "is not a regular expression"],
    ] as const) {
      const { compiler, at } = schemasOf({ Password: { type: "string", pattern } });
      const problems = compiler.verify(at("Password"));
      expect(problems).toHaveLength(1);
      expect(problems[0]).toMatchObject({ severity: "error", rule: "validation.pattern-unsupported" });
      expect(problems[0]?.message).toContain(what);
      expect(problems[0]?.remedy).toBeTruthy();
      expect(problems[0]?.position).toBeDefined();
    }
  });
});
