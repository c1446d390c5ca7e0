// What stays of a stripped answer is the text that came: digits, order, escapes and spaces.
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { cutText } from "../../src/validation/cut-text.ts";
import { readJson } from "../../src/validation/strict-json.ts";
import { judgeAnswer } from "./exchanges.ts";
import { declared, INTEGER, JSON_TYPE, object, strip } from "./stripping.ts";

describe("what stays is the text that came", () => {
  const ORDER = object({ a: INTEGER, b: object({ c: INTEGER }), d: { type: "array", items: object({ e: INTEGER }) } });

  it.each([
    ["nothing to cut", '{ "a" : 1 }', '{ "a" : 1 }'],
    ["first", '{"x":0,"a":1}', '{"a":1}'],
    ["last", '{"a":1,"x":0}', '{"a":1}'],
    ["between", '{"a":1,"x":0,"b":{}}', '{"a":1,"b":{}}'],
    ["several at once", '{"x":0,"y":1,"a":1,"z":2,"w":3,"b":{},"v":4}', '{"a":1,"b":{}}'],
    ["all of them", '{"x":0,"y":1}', "{}"],
    ["all, with spaces", '{ "x": 0 , "y": 1 }', "{  }"],
    [
      "spaces of what stays",
      '\n{\n  "a": 1,\n  "x": 0,\n  "b": { "c": 2 }\n}\n',
      '\n{\n  "a": 1,\n  "b": { "c": 2 }\n}\n',
    ],
    ["numbers that no double keeps", '{"x":1,"a":9007199254740993}', '{"a":9007199254740993}'],
    ["exponents, minus zero, escapes", '{"a":-0.0e+1,"b":{"x":"\\u0041","c":1E2}}', '{"a":-0.0e+1,"b":{"c":1E2}}'],
    ["quotes and brackets in what goes", '{"x":"}],{\\"a\\":2,\\\\","a":1}', '{"a":1}'],
    ["backslashes before the end of a string", '{"x":"\\\\","a":1,"y":"\\\\\\""}', '{"a":1}'],
    ["a name in escapes", '{"\\u0061":1,"\\u0078":2}', '{"\\u0061":1}'],
    ["names beyond ASCII", '{"ä":1,"a":1,"😀":{"a":[1,{}]}}', '{"a":1}'],
    ["nested values that go", '{"x":{"a":[{"b":"]}"}]},"a":1,"y":[[],{}]}', '{"a":1}'],
    [
      "inside of objects and items",
      '{"b":{"x":1,"c":1},"d":[{"e":1},{"x":1},{"e":2,"x":[]}]}',
      '{"b":{"c":1},"d":[{"e":1},{},{"e":2}]}',
    ],
    ["names that a number is", '{"2":1,"1":2,"a":1}', '{"a":1}'],
    ["names of prototypes", '{"__proto__":{"a":1},"constructor":1,"toString":2,"a":1}', '{"a":1}'],
  ])("%s", (_name, body, left) => {
    expect(strip(ORDER, body)).toMatchObject({ reason: undefined, body: left });
  });

  it("for any JSON: what is left is what taking the members out of the value leaves", () => {
    const schema = declared(object({ a: {}, b: object({ a: {} }), "": { type: "array", items: object({ a: {} }) } }));
    const leaf = fc.oneof(fc.integer(), fc.string(), fc.constant(null), fc.boolean());
    const names = fc.constantFrom("a", "b", "", "x", "y", '"', "\\", "ü");
    const members = fc.dictionary(
      names.filter((name) => name !== "b" && name !== ""),
      leaf,
    );
    const value = fc.record(
      { a: leaf, b: members, "": fc.array(members), x: fc.jsonValue(), '"y': fc.jsonValue(), z: members },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(value, fc.constantFrom(0, 1, "\t", "  "), (given, indent) => {
        const keep = (one: Record<string, unknown>) => ("a" in one ? { a: one["a"] } : {});
        const left: Record<string, unknown> = {};
        for (const [name, inner] of Object.entries(given)) {
          if (name === "a") left[name] = inner;
          if (name === "b") left[name] = keep(inner as Record<string, unknown>);
          if (name === "") left[name] = (inner as Record<string, unknown>[]).map(keep);
        }
        const { body } = judgeAnswer(schema, { lines: JSON_TYPE, body: JSON.stringify(given, null, indent) }, "strip");
        expect(JSON.parse(body as string)).toEqual(JSON.parse(JSON.stringify(left)));
      }),
    );
  });

  it("cuts 1 MB of many members in time that grows with its length", () => {
    const body = `[${Array.from({ length: 20_000 }, (_, i) => `{"e":${i},"x":"${"\\\\".repeat(8)}"}`).join(",")}]`;
    const stripped = strip({ type: "array", items: object({ e: INTEGER }) }, body);
    expect(stripped.body?.startsWith('[{"e":0},{"e":1},')).toBe(true);
    const reading = readJson(Buffer.from(body), { levelsMax: 9, membersMax: 1e6, itemsMax: 1e6, trusted: true });
    expect(reading.ok && cutText(reading.text, { names: undefined, members: undefined, items: [] })).toBe(body);
  });
});
