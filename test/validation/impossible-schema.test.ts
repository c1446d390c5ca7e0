// Schemas that no value fits are told with what excludes what; what some value fits is not, however narrow.
import { describe, expect, it } from "vitest";
import { DocumentSet } from "../../src/openapi/document.ts";
import type { Problem } from "../../src/openapi/located.ts";
import { SchemaCompiler } from "../../src/validation/schema-compiler.ts";
import { schemasOf } from "./document.ts";

const to = (name: string): object => ({ $ref: `#/components/schemas/${name}` });
const closed = (...names: string[]): object => ({
  type: "object",
  required: names.slice(0, 1),
  additionalProperties: false,
  properties: Object.fromEntries(names.map((name) => [name, { type: "string" }])),
});

function toldOf(schemas: Record<string, unknown>, version: string): Problem[] {
  const { compiler, at } = schemasOf(schemas, version);
  return compiler.verify(at("Body")).filter(({ severity }) => severity === "warning");
}

describe("a schema that no value fits", () => {
  it.each<[string, object, unknown, string]>([
    [
      "types",
      { allOf: [{ type: "string" }, { type: "object" }] },
      {},
      "Nothing fits: it must be a string, and an object at once.",
    ],
    [
      "a type around a reference",
      { type: "string", allOf: [to("Closed")] },
      "x",
      "Nothing fits: it must be a string, and an object at once.",
    ],
    [
      "lengths",
      { type: "string", minLength: 5, maxLength: 3 },
      "abcd",
      "No text fits: it must have at least 5 and at most 3 characters.",
    ],
    [
      "a format and a length",
      { type: "string", format: "uuid", maxLength: 32 },
      "x",
      "No text fits: the format uuid and maxLength: 32 exclude each other.",
    ],
    [
      "items",
      { type: "array", minItems: 2, allOf: [{ maxItems: 1 }] },
      [1],
      "No list fits: it must have at least 2 and at most 1 items.",
    ],
    [
      "members",
      { type: "object", minProperties: 2, maxProperties: 1 },
      {},
      "No object fits: it must have at least 2 and at most 1 members.",
    ],
    [
      "more required than may be",
      { type: "object", required: ["a", "b"], maxProperties: 1 },
      { a: 1 },
      "No object fits: 2 members are required, and at most 1 allowed.",
    ],
    ["numbers", { type: "number", minimum: 5, maximum: 3 }, 4, "No number fits: it must be at least 5 and at most 3."],
    [
      "numbers without their bound",
      { type: "number", exclusiveMinimum: 5, maximum: 5 },
      5,
      "No number fits: it must be more than 5 and at most 5.",
    ],
    [
      "integers between",
      { type: "integer", minimum: 1.2, maximum: 1.8 },
      1,
      "No integer fits: it must be at least 1.2 and at most 1.8.",
    ],
    [
      "a list of another type",
      { type: "string", enum: [1, 2] },
      1,
      "Nothing fits: no value of enum is one that everything else allows.",
    ],
    [
      "a list and a pattern",
      { enum: ["a", "b"], pattern: "^[0-9]+$" },
      "a",
      "Nothing fits: no value of enum is one that everything else allows.",
    ],
    [
      "two lists",
      { allOf: [{ enum: ["a"] }, { enum: ["b"] }] },
      "a",
      "Nothing fits: no value of enum is one that everything else allows.",
    ],
    [
      "a constant",
      { type: "integer", const: "1" },
      1,
      "Nothing fits: no value of const is one that everything else allows.",
    ],
    [
      "a member that is required and not let in",
      { ...closed("a"), required: ["b"] },
      { b: "x" },
      'No object fits: "b" is required, and additionalProperties: false of schemas/Body does not let it in.',
    ],
    [
      "a member that is required and false",
      { type: "object", required: ["a"], properties: { a: false } },
      { a: 1 },
      'No object fits: "a" is required, and its schema is false.',
    ],
    [
      "closed parts",
      { allOf: [to("Closed"), closed("b")] },
      { a: "x" },
      'No object fits: "a" is required, and additionalProperties: false of schemas/Body/allOf/1 does not let it in.',
    ],
  ])("is told: %s", (_, body, value, message) => {
    const schemas = { Body: body, Closed: closed("a") };
    const [first] = toldOf(schemas, "3.1.0");
    expect(first).toMatchObject({ severity: "warning", rule: "validation.schema-impossible", message });
    expect(first?.remedy).toMatch(/\w\.$/);
    expect(schemasOf(schemas).check("Body").fits(value)).toBe(false);
  });

  it.each<[string, object]>([
    ["bounds that meet", { type: "integer", minimum: 3, maximum: 3, allOf: [{ exclusiveMinimum: 2 }] }],
    ["bounds of another type", { type: "string", minimum: 5, maximum: 3, minItems: 2, maxItems: 1 }],
    ["integer within number", { type: "integer", allOf: [{ type: "number" }] }],
    ["one value of a list", { type: "string", enum: ["a", 1], allOf: [{ maxLength: 1 }] }],
    ["characters beyond 16 bits", { enum: ["\u{1f600}"], maxLength: 1 }],
    ["objects in a list", { enum: [{ a: 1 }], allOf: [{ const: { a: 1 } }] }],
    [
      "members by pattern",
      { type: "object", required: ["x-a"], additionalProperties: false, patternProperties: { "^x-": {} } },
    ],
    ["open parts", { allOf: [closed("a"), { type: "object", required: ["a"] }] }],
    [
      "a whole that is closed",
      { allOf: [{ required: ["a"], properties: { a: {} } }, { properties: { b: {} } }], unevaluatedProperties: false },
    ],
    ["what must not be", { not: { type: "string", enum: [1] }, if: { minLength: 5, maxLength: 3 } }],
    ["a text as long as its format", { type: "string", format: "uuid", minLength: 36, maxLength: 36 }],
    ["alternatives that are closed each for itself", { oneOf: [closed("a"), closed("b")] }],
    [
      "a list of its own members",
      { type: "object", required: ["children"], properties: { children: { type: "array", items: to("Body") } } },
    ],
  ])("is not told where something fits: %s", (_, body) => {
    expect(toldOf({ Body: body }, "3.1.0")).toEqual([]);
  });

  it("is told of 3.0: the bound is left out by a word beside it, null may come, and beside a reference nothing counts", () => {
    const impossible = { type: "integer", minimum: 5, exclusiveMinimum: true, maximum: 5, nullable: true };
    const message = "No integer fits: it must be more than 5 and at most 5.";
    expect(toldOf({ Body: impossible }, "3.0.3")).toMatchObject([{ message }]);
    expect(toldOf({ Body: { ...impossible, exclusiveMinimum: false } }, "3.0.3")).toEqual([]);
    expect(toldOf({ Body: { ...to("A"), type: "string" }, A: { type: "object" } }, "3.0.3")).toEqual([]);
    expect(toldOf({ Body: { nullable: true, allOf: [{ type: "object" }, { type: "object" }] } }, "3.0.3")).toEqual([]);
    expect(
      toldOf({ Body: { type: "string", nullable: true, allOf: [{ nullable: true, type: "object" }] } }, "3.0.3"),
    ).toEqual([]);
  });

  it("is told once, where it is: neither again around it nor by every schema that refers to it", () => {
    const schemas = {
      Body: { allOf: [to("B")] },
      B: { allOf: [to("C")], properties: { c: to("C") } },
      C: { minLength: 2, maxLength: 1 },
    };
    expect(toldOf(schemas, "3.1.0")).toHaveLength(1);
  });

  it("is told with file and line", async () => {
    const head = [
      "openapi: 3.1.0",
      "info: { title: t, version: v }",
      "paths: {}",
      "components:",
      "  schemas:",
      "    Body:",
    ];
    const text = [...head, "      type: string", "      maxLength: 1", "      minLength: 2"].join("\n");
    const set = await DocumentSet.load("api.yaml", () => Promise.resolve(text));
    const problems = new SchemaCompiler(set).verify(set.child(set.root, "components", "schemas", "Body"));
    expect(problems.map(({ position }) => position)).toEqual([{ file: "api.yaml", line: 9, column: 7 }]);
  });
});

describe("a part of a schema that never comes to bear", () => {
  it("is a member that a closed neighbour does not let in", () => {
    const body = { allOf: [{ type: "object", properties: { id: {}, "x-a": {}, b: {} } }, to("Closed")] };
    const schemas = {
      Body: body,
      Closed: { additionalProperties: false, properties: { b: {} }, patternProperties: { "^x-": {} } },
    };
    const message = '"id" can never be there: additionalProperties: false of schemas/Closed does not let them in.';
    expect(toldOf(schemas, "3.1.0")).toMatchObject([
      { severity: "warning", rule: "validation.member-impossible", message },
    ]);
    expect(schemasOf(schemas).check("Body").fits({ id: 1 })).toBe(false);
    expect(schemasOf(schemas).check("Body").fits({ b: 1, "x-a": 1 })).toBe(true);
  });

  it("is an alternative that the schema around it excludes", () => {
    const body = {
      type: "object",
      oneOf: [{ type: "null" }, { required: ["a"] }, { required: ["b"] }],
      properties: { a: {} },
      additionalProperties: false,
    };
    const told = toldOf({ Body: body }, "3.1.0");
    expect(told.map(({ message }) => message)).toEqual([
      "This alternative is never one, for what stands around it. Nothing fits: it must be an object, and null at once.",
      'This alternative is never one, for what stands around it. No object fits: "b" is required, and additionalProperties: false of schemas/Body does not let it in.',
    ]);
    const { check } = schemasOf({ Body: body });
    expect([{ a: 1 }, { b: 1 }, null].map((value) => check("Body").fits(value))).toEqual([true, false, false]);
  });

  it("is a member of an alternative that the schema around it does not let in", () => {
    const body = {
      type: "object",
      anyOf: [{ properties: { b: {} } }],
      properties: { a: {} },
      additionalProperties: false,
    };
    expect(toldOf({ Body: body }, "3.1.0")).toMatchObject([
      { message: expect.stringMatching(/^"b" can never be there/) },
    ]);
  });
});
