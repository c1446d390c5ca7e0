// What a schema says of a value that does not fit, and what of a schema that cannot be enforced.
import { describe, expect, it } from "vitest";
import { VIOLATIONS_MAX } from "../../src/validation/limits.ts";
import { SchemaCompiler } from "../../src/validation/index.ts";
import { schemasOf, sentences } from "./document.ts";

describe("messages", () => {
  const pet = {
    oneOf: [{ $ref: "#/components/schemas/Cat" }, { $ref: "#/components/schemas/Dog" }],
    discriminator: { propertyName: "kind", mapping: { kitty: "#/components/schemas/Cat" } },
  };
  const { check } = schemasOf({
    Cat: {
      type: "object",
      required: ["kind", "lives"],
      properties: { kind: { type: "string" }, lives: { type: "integer" } },
      additionalProperties: false,
    },
    Dog: {
      type: "object",
      required: ["kind", "bark"],
      properties: { kind: { type: "string" }, bark: { type: "boolean" } },
      additionalProperties: false,
    },
    Pet: pet,
    // As FastAPI writes a union: the names of the schemas are no values.
    Fish: { type: "object", required: ["kind"], properties: { kind: { type: "string", const: "fish" } } },
    Bird: { type: "object", required: ["kind"], properties: { kind: { type: "string", enum: ["bird"] } } },
    Generated: {
      oneOf: [{ $ref: "#/components/schemas/Fish" }, { $ref: "#/components/schemas/Bird" }],
      discriminator: {
        propertyName: "kind",
        mapping: { fish: "#/components/schemas/Fish", bird: "#/components/schemas/Bird" },
      },
    },
    Owner: {
      type: "object",
      properties: {
        pets: { type: "array", items: { $ref: "#/components/schemas/Pet" } },
        note: { anyOf: [{ type: "string", maxLength: 3 }, { type: "null" }] },
      },
    },
    Shape: {
      oneOf: [
        { properties: { type: { const: "circle" }, r: { type: "number" } }, required: ["type", "r"] },
        { properties: { type: { const: "square" }, side: { type: "number" } }, required: ["type", "side"] },
      ],
    },
    Scalar: { anyOf: [{ type: "integer" }, { type: "boolean" }] },
    Overlap: { oneOf: [{ minimum: 1 }, { minimum: 2 }] },
    Many: { type: "array", items: { type: "integer" } },
    Closed: { type: "object", additionalProperties: false },
  });

  it("names the branch that was meant", () => {
    expect(sentences(check("Pet"), { kind: "Cat" })).toEqual(["lives is required"]);
    expect(sentences(check("Pet"), { kind: "kitty", lives: "9" })).toEqual(["lives must be an integer"]);
    expect(sentences(check("Pet"), { kind: "Cow" })).toEqual(["kind must be one of Cat, Dog, kitty"]);
    expect(sentences(check("Pet"), {})).toEqual(["kind is required"]);
    expect(sentences(check("Generated"), { kind: "cow" })).toEqual(["kind must be one of fish, bird"]);
    expect(sentences(check("Generated"), { kind: "Fish" })).toEqual(["kind must be fish"]);
    expect(sentences(check("Shape"), { type: "square" })).toEqual(["side is required"]);
    expect(sentences(check("Scalar"), "x")).toEqual(["The body must be an integer or true or false"]);
    expect(sentences(check("Overlap"), 3)).toEqual(["The body fits more than one of the alternatives"]);
    expect(check("Owner").explain({ pets: [{ kind: "Dog" }, { kind: "Cat" }], note: "long" }, "x")).toEqual([
      { at: "/pets/0/bark", message: "bark is required" },
      { at: "/pets/1/lives", message: "lives is required" },
      { at: "/note", message: "note must be at most 3 characters" },
    ]);
  });

  it("gives at most 20, and one for a body too long to explain", () => {
    const values = Array.from({ length: 500 }, () => "x");
    expect(check("Many").explain(values, "x", 500)).toHaveLength(VIOLATIONS_MAX);
    expect(check("Many").explain(values, "x", 500_000)).toEqual([{ at: "/0", message: "item [0] must be an integer" }]);
  });

  it("shows names of the request cut and printable, values never", () => {
    const violations = check("Closed").explain({ [`a\nb\u202e${"x".repeat(500)}`]: "secret-value" }, "x");
    expect(violations).toHaveLength(1);
    expect(violations[0]?.message).toMatch(/^a\ufffdb\ufffdx+… is not allowed$/);
    expect(JSON.stringify(violations).length).toBeLessThan(300);
    const secret = "hunter2-hunter2";
    for (const name of ["Pet", "Owner", "Shape", "Scalar", "Many", "Closed"]) {
      for (const value of [secret, { kind: secret, note: secret, pets: secret, type: secret }, [secret]]) {
        expect(JSON.stringify(check(name).explain(value, "x"))).not.toContain(secret);
      }
    }
  });

  it("inherited names are no members", () => {
    const { check: of } = schemasOf({ Thing: { type: "object", required: ["constructor", "toString"] } });
    expect(sentences(of("Thing"), {})).toEqual(["constructor is required", "toString is required"]);
  });
});

describe("verify", () => {
  const problemsOf = (schema: unknown, version = "3.1.0"): string[] => {
    const { compiler, at } = schemasOf({ Thing: schema, Other: { type: "string" } }, version);
    return compiler.verify(at("Thing")).map(({ message }) => message);
  };

  it("passes what can be enforced", () => {
    expect(
      problemsOf({
        type: "object",
        properties: { a: { $ref: "#/components/schemas/Other" } },
        unevaluatedProperties: false,
      }),
    ).toEqual([]);
  });

  it("stops what ajv gets wrong", () => {
    expect(problemsOf({ $dynamicRef: "#x" })).toHaveLength(1);
    expect(problemsOf({ unevaluatedItems: false, contains: { type: "string" } })).toEqual([
      "unevaluatedItems beside contains is not supported.",
    ]);
    expect(problemsOf({ unevaluatedProperties: false, allOf: [{ if: {}, else: {} }] })).toHaveLength(1);
    expect(problemsOf({ $schema: "http://json-schema.org/draft-04/schema#" })).toHaveLength(1);
    expect(problemsOf({ $schema: "https://json-schema.org/draft/2020-12/schema" })).toEqual([]);
  });

  it("stops what is no schema, each place once", () => {
    expect(problemsOf({ type: "strnig" })).toEqual([
      "type must be one of string, number, integer, boolean, array, object, null.",
    ]);
    expect(
      problemsOf({ type: "object", properties: { a: { minLength: "3" }, b: { pattern: 1 }, c: { required: true } } }),
    ).toHaveLength(3);
    expect(problemsOf({ exclusiveMinimum: true }, "3.0.0")).toEqual([]);
    expect(problemsOf({ exclusiveMinimum: true }, "3.1.0")).toHaveLength(1);
    expect(problemsOf({ properties: { a: "string" } })).toEqual(["This schema is not an object."]);
    const { compiler, at } = schemasOf({ Thing: { type: "nope" } });
    expect(compiler.verify(at("Thing"))).toHaveLength(1);
    expect(compiler.verify(at("Thing"))).toHaveLength(0);
  });

  it("stops a document of another dialect", () => {
    const source = schemasOf({}).set;
    const root = { ...source.root, value: { jsonSchemaDialect: "http://json-schema.org/draft-07/schema#" } };
    const set = {
      version: "3.1",
      root,
      child: source.child.bind(source),
      target: source.target.bind(source),
      position: source.position.bind(source),
    } as const;
    const at = { value: true, file: "openapi", pointer: "" };
    const schemas = new SchemaCompiler(set);
    expect(schemas.verify(at).map(({ rule }) => rule)).toEqual(["validation.dialect-unsupported"]);
    expect(schemas.verify(at)).toEqual([]);
    expect(new SchemaCompiler(source).verify(at)).toEqual([]);
  });
});
