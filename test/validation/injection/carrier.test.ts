// I15: which values can carry an attack at all is decided by their schema, when it is compiled.
import { describe, expect, it } from "vitest";
import { alphabetOf } from "../../../src/validation/injection/alphabet.ts";
import { carrierOf } from "../../../src/validation/injection/carrier.ts";
import { ALL_CLASSES, CLASSES } from "../../../src/validation/injection/detection.ts";
import { schemasOf } from "../document.ts";

function carrier(schema: unknown, schemas: Record<string, unknown> = {}) {
  const { set, at } = schemasOf({ Value: schema, ...schemas });
  return carrierOf(set, at("Value"));
}

const STRING = { type: "string" };
const closed = (properties: Record<string, unknown>) => ({ type: "object", additionalProperties: false, properties });

describe("I15 nothing can be in", () => {
  it.each([
    ["a number", { type: "number" }],
    ["an integer or null", { type: ["integer", "null"] }],
    ["a boolean", { type: "boolean" }],
    ["an enum", { enum: ["a", "'; drop table x--"] }],
    ["a constant", { const: "a" }],
    ["a UUID", { type: "string", format: "uuid" }],
    ["a date", { type: "string", format: "date" }],
    ["a time", { type: "string", format: "date-time" }],
    ["an address", { type: "string", format: "ipv4" }],
    ["letters and digits", { type: "string", pattern: "^[A-Za-z0-9]{1,40}$" }],
    ["a pattern with groups and hyphens", { type: "string", pattern: "^[A-Z]{3}-(?:\\d+|[a-f]*)$" }],
    ["two characters", { type: "string", maxLength: 2 }],
    ["a closed object of such", closed({ a: { type: "integer" }, b: { enum: [1] } })],
    ["a list of such", { type: "array", items: closed({ a: { type: "boolean" } }) }],
    ["a list of lists of such", { type: "array", items: { type: "array", items: { type: "number" } } }],
    ["what a reference closes", { $ref: "#/components/schemas/Id" }],
    ["what one part of allOf closes", { allOf: [STRING, { format: "uuid" }] }],
    [
      "alternatives that are all closed",
      { oneOf: [{ type: "integer" }, { $ref: "#/components/schemas/Id" }, closed({ a: { enum: [1] } })] },
    ],
    ["a tree of numbers", { $ref: "#/components/schemas/Tree" }],
    ["false", false],
  ])("%s", (_name, schema) => {
    const Tree = closed({
      n: { type: "integer" },
      children: { type: "array", items: { $ref: "#/components/schemas/Tree" } },
    });
    expect(carrier(schema, { Id: { type: "string", format: "uuid" }, Tree }).carries()).toBe(false);
  });
});

describe("I15 something can be in", () => {
  it.each([
    ["text", STRING],
    ["anything", {}],
    ["an open object", { type: "object", properties: { a: { type: "integer" } } }],
    ["a closed object with text", closed({ a: { type: "integer" }, b: STRING })],
    ["a list of text", { type: "array", items: STRING }],
    ["a list of anything", { type: "array" }],
    ["an e-mail address", { type: "string", format: "email" }],
    ["a URI", { type: "string", format: "uri" }],
    ["a format that is not checked", { type: "string", format: "password" }],
    ["a pattern without anchors", { type: "string", pattern: "[a-z]+" }],
    ["a pattern with a quote", { type: "string", pattern: "^[a-z']+$" }],
    ["a pattern with an alternative beside the anchors", { type: "string", pattern: "^a|b$" }],
    ["a pattern that excludes only some", { type: "string", pattern: "^[^a]+$" }],
    ["a pattern with a dot", { type: "string", pattern: "^a.b$" }],
    ["an anchor that is escaped", { type: "string", pattern: "^[a-z]\\$" }],
    ["one alternative of several", { oneOf: [{ type: "integer" }, STRING] }],
    ["a tree of texts", { $ref: "#/components/schemas/Tree" }],
    [
      "members that a pattern names",
      { type: "object", additionalProperties: false, patternProperties: { "^x": STRING } },
    ],
  ])("%s", (_name, schema) => {
    const Tree = closed({ t: STRING, children: { type: "array", items: { $ref: "#/components/schemas/Tree" } } });
    expect(carrier(schema, { Tree }).carries()).toBe(true);
  });

  it("only of the classes that its characters and its length allow", () => {
    const classes = (schema: unknown) =>
      CLASSES.filter((_, i) => (carrier(schema).text & (1 << i)) !== 0).map(({ name }) => name);
    expect(carrier(STRING).text).toBe(ALL_CLASSES);
    expect(classes({ type: "string", pattern: "^[a-z./]+$" })).toEqual(["xpath", "path", "server-request"]);
    expect(classes({ type: "string", pattern: "^[a-z{}]+$" })).toEqual(["template"]);
    expect(classes({ type: "string", pattern: "^[0-9 ]+$" })).toEqual(["sql"]);
    expect(classes({ type: "string", maxLength: 4 })).not.toContain("html");
  });

  it("member by member, also of names that the request brings", () => {
    const open = carrier({
      type: "object",
      properties: { id: { type: "integer" } },
      additionalProperties: { enum: ["a"] },
    });
    expect([open.member("id").carries(), open.member("x").carries(), open.declares("id"), open.declares("x")]).toEqual([
      false,
      false,
      true,
      false,
    ]);
    const silent = carrier({ type: "object", properties: { id: { type: "integer" } } });
    expect([silent.member("id").text, silent.member("x").text]).toEqual([0, ALL_CLASSES]);
    expect(carrier(closed({})).member("x").carries()).toBe(false);
    const either = carrier({ oneOf: [closed({ a: STRING }), closed({ a: { type: "integer" }, b: { enum: [1] } })] });
    expect([either.member("a").text, either.member("b").text, either.declares("b")]).toEqual([ALL_CLASSES, 0, true]);
  });
});

it("I15 alphabets of patterns", () => {
  expect(alphabetOf("^[a-c]+x?\\d{2,3}$")).toBe("0123456789abcx");
  expect(alphabetOf("^(?:a|b)\\.$")).toBe("ab.");
  for (const pattern of [
    "^\\p{L}+$",
    "^\\S+$",
    "^(?=a)a$",
    "^[\\W]$",
    "^[a-\\d]$",
    "abc",
    "^abc",
    "abc$",
    "^a\\$",
    "^[[:alpha:]]$",
  ]) {
    expect(alphabetOf(pattern)).toBeUndefined();
  }
});
