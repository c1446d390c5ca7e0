// What a schema says and its author cannot have meant is told: `nullable` without effect, numbers that are not kept to the digit.
import { describe, expect, it } from "vitest";
import { schemasOf } from "./document.ts";

function toldOf(member: object, version: string): string[] {
  const { compiler, at } = schemasOf({ Body: { properties: { a: member } }, A: { type: "string" } }, version);
  const problems = compiler.verify(at("Body"));
  expect(problems.every(({ severity, remedy }) => severity === "advice" && remedy !== undefined)).toBe(true);
  return problems.map(({ message }) => message);
}

function takesNull(member: object, version: string): boolean {
  const schemas = { Body: { properties: { a: member } }, A: { type: "string" } };
  return schemasOf(schemas, version).check("Body").fits({ a: null });
}

describe("nullable", () => {
  const reference = { $ref: "#/components/schemas/A" };
  it.each<[string, object, string]>([
    ["beside an enum without null", { type: "string", nullable: true, enum: ["a"] }, "3.0.3"],
    ["beside an enum without null and without a type", { nullable: true, enum: ["a"] }, "3.0.3"],
    ["beside a reference", { ...reference, nullable: true }, "3.0.3"],
    ["in 3.1", { type: "string", nullable: true }, "3.1.0"],
    ["in 3.1, beside a reference", { ...reference, nullable: true }, "3.1.0"],
    ["in 3.1, beside an enum", { type: ["string", "null"], nullable: true, enum: ["a"] }, "3.1.0"],
  ])("is told where it means nothing: %s", (_, member, version) => {
    expect(toldOf(member, version)).toEqual([expect.stringMatching(/^nullable means nothing/)]);
    expect(takesNull(member, version)).toBe(false);
  });

  it.each<[string, object, string]>([
    ["beside a type", { type: "string", nullable: true }, "3.0.3"],
    ["beside an enum with null", { type: "string", nullable: true, enum: ["a", null] }, "3.0.3"],
    ["around a reference", { nullable: true, allOf: [reference] }, "3.0.3"],
    ["beside nothing, where anything may come", { nullable: true }, "3.0.3"],
    ["in 3.1, where the type says it", { type: ["string", "null"], nullable: true }, "3.1.0"],
  ])("is not told where null may come: %s", (_, member, version) => {
    expect(toldOf(member, version)).toEqual([]);
    expect(takesNull(member, version)).toBe(true);
  });
});

describe("a value of enum that type rules out", () => {
  it.each<[string, object, string, string]>([
    [
      "null, in 3.0",
      { type: "string", enum: ["a", null] },
      "3.0.3",
      "null in enum never fits: type does not allow it.",
    ],
    [
      "null, in 3.1",
      { type: ["string"], enum: ["a", null] },
      "3.1.0",
      "null in enum never fits: type does not allow it.",
    ],
    [
      "a version, as YAML reads it",
      { type: "string", enum: [1.1, "v2"] },
      "3.1.0",
      "1.1 in enum never fits: type does not allow it.",
    ],
  ])("is told: %s", (_, member, version, message) => {
    expect(toldOf(member, version)).toEqual([message]);
    const check = schemasOf({ Body: member }, version).check("Body");
    expect((member as { enum: unknown[] }).enum.map((value) => check.fits(value)).includes(false)).toBe(true);
  });

  it.each<[string, object, string]>([
    ["null beside nullable", { type: "string", nullable: true, enum: ["a", null] }, "3.0.3"],
    ["null beside its type", { type: ["string", "null"], enum: ["a", null] }, "3.1.0"],
    ["anything without a type", { enum: ["a", 1, null, {}] }, "3.1.0"],
    ["integers among numbers", { type: "number", enum: [1, 1.5] }, "3.1.0"],
  ])("is not told: %s", (_, member, version) => {
    expect(toldOf(member, version)).toEqual([]);
  });
});

describe("an integer beyond 2^53", () => {
  it.each([
    ["enum", { enum: [1, 9_007_199_254_740_992] }],
    ["const", { const: -9_007_199_254_740_992 }],
    ["maximum", { type: "integer", maximum: 9_007_199_254_740_992 }],
  ])("is told where a value is compared with it: %s", (keyword, member) => {
    expect(toldOf(member, "3.1.0")).toEqual([expect.stringMatching(`^${keyword} has an integer beyond 2\\^53`)]);
  });

  it.each([
    ["the last that is exact", { enum: [Number.MAX_SAFE_INTEGER], minimum: Number.MIN_SAFE_INTEGER }],
    ["the limits of 64 bits", { type: "integer", minimum: -(2 ** 63), maximum: 2 ** 63 }],
    ["those of a double", { type: "number", minimum: -Number.MAX_VALUE, maximum: Number.MAX_VALUE }],
  ])("is not told: %s", (_, member) => {
    expect(toldOf(member, "3.1.0")).toEqual([]);
  });
});
