// Schemas that lead only to themselves stop the start with their place; recursion that uses the value up is legal.
import { describe, expect, it } from "vitest";
import { DocumentSet } from "../../src/openapi/document.ts";
import type { Problem } from "../../src/openapi/located.ts";
import { SchemaCompiler } from "../../src/validation/schema-compiler.ts";
import { schemasOf, sentences } from "./document.ts";

/** The keywords of a condition; `then` in a literal is taken for a promise by the linter. */
const condition = (test: unknown, keyword: "then" | "else", schema: unknown): object => ({
  if: test,
  ...Object.fromEntries([[keyword, schema]]),
});
const to = (name: string): object => ({ $ref: `#/components/schemas/${name}` });

function endlessIn(schemas: Record<string, unknown>, version = "3.1.0"): Problem[] {
  const { compiler, at } = schemasOf({ Body: to("A"), ...schemas }, version);
  return compiler.verify(at("Body")).filter(({ rule }) => rule === "validation.schema-endless");
}

describe("a schema that leads only to itself", () => {
  it.each<[string, Record<string, unknown>]>([
    ["$ref to itself", { A: to("A") }],
    ["$ref over another", { A: to("B"), B: to("A") }],
    ["$ref beside other keywords", { A: { type: "object", ...to("A") } }],
    ["allOf", { A: { allOf: [to("A")] } }],
    ["anyOf, though another branch may fit", { A: { anyOf: [{ type: "string" }, to("A")] } }],
    ["oneOf", { A: { oneOf: [to("B"), { type: "string" }] }, B: { allOf: [to("A")] } }],
    ["not", { A: { not: to("A") } }],
    ["if", { A: condition(to("A"), "then", { required: ["a"] }) }],
    ["then", { A: condition({}, "then", to("A")) }],
    ["else", { A: condition(false, "else", to("A")) }],
    ["dependentSchemas", { A: { dependentSchemas: { a: to("A") } } }],
    ["a branch that is referred to inside", { A: { allOf: [{ $ref: "#/components/schemas/A/allOf/0" }] } }],
    ["below a member", { A: { properties: { a: to("B") } }, B: to("B") }],
  ])("is told: %s", (_, schemas) => {
    // Where nothing looks at it, the first value makes the stack overflow, or the compiler.
    const { check } = schemasOf({ Body: to("A"), ...schemas });
    expect(() => check("Body").fits({ a: 1 })).toThrow(RangeError);
    const found = endlessIn(schemas);
    expect(found).toHaveLength(1);
    expect(found[0]).toMatchObject({ severity: "error", remedy: expect.stringMatching(/properties, items/) });
  });

  it("is told with file and line", async () => {
    const lines = ["openapi: 3.1.0", "info: { title: t, version: v }", "paths: {}", "components:", "  schemas:"];
    const text = [...lines, "    A:", "      allOf:", "        - $ref: '#/components/schemas/A'"].join("\n");
    const set = await DocumentSet.load("api.yaml", () => Promise.resolve(text));
    const problems = new SchemaCompiler(set).verify(set.child(set.root, "components", "schemas", "A"));
    expect(problems.map(({ position }) => position)).toEqual([{ file: "api.yaml", line: 8, column: 11 }]);
  });

  it("is told with its way, once", () => {
    const schemas = { A: to("B"), B: { allOf: [to("A")] }, C: to("A") };
    expect(endlessIn(schemas).map(({ message }) => message)).toEqual([
      "This schema leads back to itself without looking into the value: schemas/A → schemas/B → schemas/B/allOf/0 → schemas/A.",
    ]);
    const { compiler, at } = schemasOf(schemas);
    expect(compiler.verify(at("A"))).toHaveLength(1);
    expect(compiler.verify(at("C"))).toHaveLength(0);
  });

  it("is no other where 3.0 ignores what is beside a reference", () => {
    const schemas = { A: { ...to("B"), allOf: [to("A")] }, B: { type: "string" } };
    expect(endlessIn(schemas, "3.0.3")).toEqual([]);
    expect(endlessIn(schemas)).toHaveLength(1);
  });
});

describe("recursion that uses the value up", () => {
  it.each<[string, Record<string, unknown>, unknown]>([
    ["properties", { A: { properties: { a: to("A") } } }, { a: { a: {} } }],
    ["items", { A: { items: to("A") } }, [[[]]]],
    ["prefixItems", { A: { prefixItems: [to("A")] } }, [[]]],
    ["contains", { A: condition({ type: "array" }, "then", { contains: to("A") }) }, [1]],
    ["additionalProperties", { A: { type: "object", additionalProperties: to("A") } }, { a: { b: {} } }],
    ["patternProperties", { A: { patternProperties: { a: to("A") } } }, { a: {} }],
    ["allOf around a member", { A: { allOf: [{ properties: { a: { anyOf: [to("A")] } } }] } }, { a: {} }],
    ["one schema twice", { A: { allOf: [to("B"), to("B")] }, B: { type: "object" } }, {}],
  ])("stays legal: %s", (_, schemas, value) => {
    expect(endlessIn(schemas)).toEqual([]);
    const { check } = schemasOf({ Body: to("A"), ...schemas });
    expect(sentences(check("Body"), value)).toEqual([]);
  });

  it("comes to an end on a chain of 5,000 references", () => {
    const schemas: Record<string, unknown> = { A: to("S0"), S5000: { type: "string" } };
    for (let index = 0; index < 5_000; index += 1) schemas[`S${index}`] = to(`S${index + 1}`);
    expect(endlessIn(schemas)).toEqual([]);
  });
});
