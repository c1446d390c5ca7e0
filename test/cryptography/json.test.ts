// The strict JSON reader, against JSON.parse as the measure.
import { isDeepStrictEqual } from "node:util";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readJsonObject } from "../../src/cryptography/json.ts";

const read = (text: string, depth = 64): unknown => readJsonObject(Buffer.from(text), depth);
const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

describe("against JSON.parse", () => {
  it("reads what is strict to the same value", () => {
    const object = fc.dictionary(fc.string({ unit: "grapheme" }), fc.jsonValue({ maxDepth: 5 }));
    fc.assert(
      fc.property(object, fc.constantFrom(undefined, 1, "\t"), (value, indent) => {
        const text = JSON.stringify(value, null, indent);
        fc.pre(text.isWellFormed() && !text.includes("__proto__") && !/\\ud[89a-f]/i.test(text));
        expect(plain(read(text))).toEqual(JSON.parse(text));
      }),
      { numRuns: 500 },
    );
  });

  it("never reads what JSON.parse refuses, nor to another value", () => {
    const pieces = [
      "{",
      "}",
      "[",
      "]",
      ",",
      ":",
      '"a"',
      '"b"',
      '"\\u0061"',
      "1",
      "-0",
      "1e5",
      ".5",
      "01",
      "true",
      "nul",
      " ",
      "\n",
      "\u00a0",
      '"',
      "\\",
    ];
    const property = fc.property(fc.array(fc.constantFrom(...pieces), { maxLength: 14 }), (parts) => {
      const text = `{${parts.join("")}}`;
      const value = read(text);
      if (value === undefined) return true;
      return isDeepStrictEqual(plain(value), plain(JSON.parse(text)));
    });
    expect(fc.check(property, { numRuns: 5_000 })).toMatchObject({ failed: false });
  });
});

describe("beyond JSON.parse", () => {
  it("refuses duplicate members at any depth, also when written differently", () => {
    for (const text of [
      '{"a":1,"a":1}',
      '{"b":[{"a":1,"\\u0061":2}]}',
      '{"__proto__":1,"__proto__":2}',
      '{"":1,"":2}',
    ]) {
      expect(JSON.parse(text)).toBeDefined();
      expect(read(text)).toBeUndefined();
    }
    expect(read('{"a":{"a":{"a":1}}}')).toBeDefined();
  });

  it("has a depth, exactly", () => {
    expect(read('{"a":[1]}', 2)).toBeDefined();
    expect(read('{"a":[[1]]}', 2)).toBeUndefined();
    expect(read(`{"a":${"[".repeat(100_000)}`, 16)).toBeUndefined();
  });

  it("takes names of the prototype for plain members", () => {
    const value = read('{"constructor":1,"toString":2,"hasOwnProperty":3}') as Record<string, unknown>;
    expect(value["constructor"]).toBe(1);
    expect(value["valueOf"]).toBeUndefined();
    expect(Object.getPrototypeOf(value)).toBeNull();
  });

  it("refuses numbers that are none, and halves of surrogate pairs", () => {
    for (const text of ['{"a":1e400}', '{"a":-1e999}', '{"a":"\\ud800"}', '{"\\udc00":1}']) {
      expect(read(text)).toBeUndefined();
    }
    expect(read('{"a":1e300,"b":"\\ud83d\\ude00"}')).toEqual({ a: 1e300, b: "\u{1f600}" });
  });

  it("reads long texts in one pass", () => {
    const text = JSON.stringify({ a: "x\n".repeat(100_000), b: "y".repeat(100_000) });
    expect(plain(read(text))).toEqual(JSON.parse(text));
  });
});
