// Attacks I01–I06 on the reader of JSON bodies: what two parsers could read differently is refused.
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { JSON_ITEMS_MAX, JSON_LEVELS_MAX, JSON_MEMBERS_MAX } from "../../src/validation/limits.ts";
import { readJson } from "../../src/validation/strict-json.ts";

const read = (text: string | Uint8Array): ReturnType<typeof readJson> =>
  readJson(typeof text === "string" ? new TextEncoder().encode(text) : text);
const refusal = (text: string | Uint8Array): string => {
  const reading = read(text);
  return reading.ok ? `accepted as ${JSON.stringify(reading.value)}` : reading.problem;
};
const value = (text: string): unknown => {
  const reading = read(text);
  if (!reading.ok) throw new Error(reading.problem);
  return reading.value;
};

describe("strict JSON", () => {
  it("reads what JSON.parse reads, whatever the value", () => {
    fc.assert(
      fc.property(fc.jsonValue({ noUnicodeString: false }), (given) => {
        const text = JSON.stringify(given);
        if (text.includes('"__proto__"')) return;
        const reading = read(text);
        const agreed = reading.ok
          ? JSON.stringify(reading.value) === JSON.stringify(JSON.parse(text))
          : /integer|digits|number|surrogate/i.test(reading.problem);
        expect(agreed).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  it("I01 duplicate members, at any depth and however they are escaped", () => {
    expect(refusal('{"role":"user","role":"admin"}')).toBe("A member name occurs twice in one object.");
    expect(refusal('{"a":[{"b":1,"c":{"d":1,"\\u0064":2}}]}')).toBe("A member name occurs twice in one object.");
    expect(refusal('{"1":1,"1":2}')).toBe("A member name occurs twice in one object.");
    expect(value('{"a":{"x":1},"b":{"x":1}}')).toEqual({ a: { x: 1 }, b: { x: 1 } });
    expect(value('{"a:b":"{\\"a\\":1,\\"a\\":2}"}')).toEqual({ "a:b": '{"a":1,"a":2}' });
  });

  it("I01 a name that the engine takes for an expected one is read as it stands", () => {
    const attack = '[{"\\\\u00":1},{"\\u0072ole":"admin"}]';
    // `"\\u0072ole"` is `role`. Node 24 reads the first four characters of the text instead, once they were a name.
    expect(value(attack)).toEqual([{ "\\u00": 1 }, { role: "admin" }]);
    expect(refusal('[{"\\\\u00":1},{"\\u0072ole":"user","role":"admin"}]')).toBe(
      "A member name occurs twice in one object.",
    );
    expect(refusal('[{"\\\\u005f_pr":1},{"\\u005f_proto__":{}}]')).toBe("A member is named __proto__.");
    const names = fc.constantFrom("a", '"', "\\", "\\u0", "\\u00", "u", "ab", "\n", "\\n", "ü", "constructor", "1", "");
    const leaf = fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.constant(null));
    const { tree } = fc.letrec<{ tree: unknown }>((tie) => ({
      tree: fc.oneof({ maxDepth: 4 }, leaf, fc.array(tie("tree")), fc.dictionary(names, tie("tree"))),
    }));
    fc.assert(
      fc.property(tree, fc.constantFrom(0, 2), (given, indent) => {
        expect(value(JSON.stringify(given, null, indent))).toEqual(given);
      }),
      { numRuns: 300 },
    );
  });

  it("I02 names of prototypes, also escaped; the harmless twins pass", () => {
    expect(refusal('{"__proto__":{"admin":true}}')).toBe("A member is named __proto__.");
    expect(refusal('{"a":[{"\\u005f_proto__":1}]}')).toBe("A member is named __proto__.");
    expect(refusal('{"constructor":{"prototype":{"admin":true}}}')).toBe("A member is named constructor.prototype.");
    expect(value('{"constructor":"Ferrari","prototype":1}')).toEqual({ constructor: "Ferrari", prototype: 1 });
    expect(({} as Record<string, unknown>)["admin"]).toBeUndefined();
  });

  it("I03 levels, members and items at their limits and beyond", () => {
    const nested = (levels: number): string => "[".repeat(levels) + "]".repeat(levels);
    expect(read(nested(JSON_LEVELS_MAX)).ok).toBe(true);
    expect(refusal(nested(JSON_LEVELS_MAX + 1))).toContain("nests deeper");
    expect(refusal(nested(10_000))).toContain("nests deeper");
    expect(refusal('{"a":'.repeat(10_000))).toContain("nests deeper");
    const members = (count: number): string => `{${Array.from({ length: count }, (_, i) => `"${i}":0`).join(",")}}`;
    expect(read(members(JSON_MEMBERS_MAX)).ok).toBe(true);
    expect(refusal(members(JSON_MEMBERS_MAX + 1))).toContain("members");
    const items = (count: number): string => `[${Array.from({ length: count }, () => "0").join(",")}]`;
    expect(read(items(JSON_ITEMS_MAX)).ok).toBe(true);
    expect(refusal(items(JSON_ITEMS_MAX + 1))).toContain("items");
    expect(refusal(items(1_000_000))).toContain("items");
  });

  it("I04 numbers that cannot be kept; the largest that can pass", () => {
    expect(refusal("[1e999]")).toBe("A number is too large.");
    expect(refusal("[-1e999]")).toBe("A number is too large.");
    expect(refusal("[1e-999]")).toBe("A number is too small.");
    expect(refusal("[9007199254740993]")).toContain("2^53");
    expect(refusal("[9007199254740992]")).toContain("2^53");
    expect(refusal("[-9007199254740993]")).toContain("2^53");
    expect(refusal("[9007199254740993.0]")).toContain("digits");
    expect(value("[9007199254740991, -9007199254740991, 0e-999, 0.30000000000000004, 1e300]")).toEqual([
      9007199254740991, -9007199254740991, 0, 0.30000000000000004, 1e300,
    ]);
    expect(refusal("[-0]")).toBe("An integer is minus zero.");
    expect(Object.is((value("[-0.0]") as number[])[0], -0)).toBe(true);
    for (const word of ["NaN", "Infinity", "-Infinity", "+1", "01", ".5", "1.", "0x10", "1_000"]) {
      expect(refusal(`[${word}]`)).toBe("The body is not valid JSON.");
    }
  });

  it("I05 byte order mark, UTF-16, invalid UTF-8, lone surrogates", () => {
    expect(refusal(Buffer.from([0xef, 0xbb, 0xbf, 0x7b, 0x7d]))).toContain("byte order mark");
    expect(refusal(Buffer.from('{"a":1}', "utf16le"))).toBe("The body is not valid JSON.");
    expect(refusal(Buffer.from([0xfe, 0xff, 0x00, 0x7b]))).toContain("UTF-8");
    expect(refusal(Buffer.from([0x22, 0xff, 0x22]))).toContain("UTF-8");
    expect(refusal(Buffer.from([0x22, 0xc0, 0xaf, 0x22]))).toContain("UTF-8");
    expect(refusal(Buffer.from([0x22, 0xed, 0xa0, 0x80, 0x22]))).toContain("UTF-8");
    expect(refusal('["\\ud800"]')).toContain("surrogate");
    expect(refusal('"\\udc00"')).toContain("surrogate");
    expect(refusal('{"\\ud800":1}')).toContain("surrogate");
    expect(value('["\\ud83d\\ude00", "é"]')).toEqual(["😀", "é"]);
  });

  it("I06 trailing data, comments, single quotes, an empty body", () => {
    for (const text of [
      "{} {}",
      "{}x",
      "{}\u0000",
      "{/**/}",
      "// a\n{}",
      "{'a':1}",
      "{a:1}",
      "[1,]",
      '{"a":1,}',
      "",
      " ",
    ]) {
      expect(refusal(text)).toBe("The body is not valid JSON.");
    }
    expect(refusal('"a')).toBe("The body is not valid JSON.");
    expect(refusal('"a\\')).toBe("The body is not valid JSON.");
    expect(refusal('"a\nb"')).toBe("The body is not valid JSON.");
    expect(value(" \r\n\t{} ")).toEqual({});
  });

  it("never shows the value", () => {
    for (const text of ['{"password":"hunter2"', '{"password":hunter2}', '{"hunter2":1,"hunter2":2}']) {
      expect(refusal(text)).not.toContain("hunter2");
    }
  });
});

describe("fractions that a double takes for integers", () => {
  it.each(["1.9999999999999999", "-0.99999999999999999", "12345.00000000000000001", "1.99999999999999999e0"])(
    "I04 %s is refused",
    (number) => expect(read(`[${number}]`)).toMatchObject({ ok: false }),
  );
  it.each(["1.5e1", "2.0", "1.000", "0.1", "0.30000000000000004", "-3.0e2"])("%s is what it says", (number) =>
    expect(read(`[${number}]`)).toMatchObject({ ok: true, value: [Number(number)] }),
  );
});
