// Schemas of 3.0, 3.1 and 3.2 as they judge requests and answers; boundaries on both sides (I12, I14); what verify refuses.
import { describe, expect, it } from "vitest";
import { isMultiple } from "../../src/validation/keywords.ts";
import { VIOLATIONS_MAX } from "../../src/validation/limits.ts";
import { SchemaCompiler } from "../../src/validation/index.ts";
import { schemasOf, sentences } from "./document.ts";

describe("boundaries", () => {
  const cases: [string, Record<string, unknown>, unknown[], unknown[], string][] = [
    [
      "minLength",
      { type: "string", minLength: 12 },
      ["x".repeat(12), "😀".repeat(12)],
      ["x".repeat(11), "😀".repeat(11)],
      "x must be at least 12 characters",
    ],
    [
      "maxLength",
      { type: "string", maxLength: 3 },
      ["abc", "😀😀😀"],
      ["abcd", "😀😀😀😀"],
      "x must be at most 3 characters",
    ],
    ["minLength 1", { type: "string", minLength: 1 }, ["a"], [""], "x must not be empty"],
    ["minimum", { type: "integer", minimum: 1 }, [1, 2], [0, -1], "x must be at least 1"],
    ["maximum", { type: "number", maximum: 1 }, [1, 0.999], [1.0000001, 2], "x must be at most 1"],
    ["exclusiveMinimum", { type: "number", exclusiveMinimum: 0 }, [0.0000001], [0, -0], "x must be more than 0"],
    ["exclusiveMaximum", { type: "number", exclusiveMaximum: 10 }, [9.99], [10], "x must be less than 10"],
    [
      "multipleOf",
      { type: "number", multipleOf: 0.01 },
      [19.99, 0, -0.07, 4.35],
      [0.001, 19.995],
      "x must be a multiple of 0.01",
    ],
    ["minItems", { type: "array", minItems: 2 }, [[1, 2]], [[1]], "x must have at least 2 items"],
    ["maxItems", { type: "array", maxItems: 1 }, [[], [1]], [[1, 2]], "x must have at most 1 item"],
    [
      "uniqueItems",
      { type: "array", uniqueItems: true },
      [[1, "1", { a: 1 }, [1]]],
      [
        [
          { a: 1, b: 2 },
          { b: 2, a: 1 },
        ],
        [1, 1],
      ],
      "x must not have the same item twice",
    ],
    ["minProperties", { type: "object", minProperties: 1 }, [{ a: 1 }], [{}], "x must have at least 1 member"],
    [
      "maxProperties",
      { type: "object", maxProperties: 1 },
      [{ a: 1 }],
      [{ a: 1, b: 1 }],
      "x must have at most 1 member",
    ],
    ["enum", { enum: ["open", "closed"] }, ["open"], ["Open", "", null], "x must be one of open, closed"],
    ["const", { const: "v1" }, ["v1"], ["v2"], "x must be v1"],
    ["pattern", { type: "string", pattern: "^[A-Z]{3}$" }, ["ABC"], ["AB", "ABCD", "ABC\n"], "x must match ^[A-Z]{3}$"],
    ["type", { type: ["string", "null"] }, ["a", null], [1, {}, []], "x must be a string or null"],
    ["integer", { type: "integer" }, [1, 1.0], [1.5, "1"], "x must be an integer"],
    [
      "int32",
      { type: "integer", format: "int32" },
      [2147483647, -2147483648],
      [2147483648, -2147483649],
      "x must be an integer of 32 bits",
    ],
    [
      "email",
      { type: "string", format: "email" },
      ["a@b.co", "o'brien+x@mail.example.com"],
      [
        "a@b",
        "a@@b.co",
        "a b@c.co",
        "a@b..co",
        "@b.co",
        "a@b.co\r\n",
        "a\u200d@b.co",
        "a＠b.co",
        `${"a".repeat(65)}@b.co`,
      ],
      "x must be a valid e-mail address",
    ],
    [
      "idn-email",
      { type: "string", format: "idn-email" },
      ["müller@bücher.example"],
      ["müller@bücher", "a@b"],
      "x must be a valid e-mail address",
    ],
    [
      "uuid",
      { type: "string", format: "uuid" },
      ["123e4567-e89b-12d3-a456-426614174000"],
      ["123e4567e89b12d3a456426614174000", "urn:uuid:123e4567-e89b-12d3-a456-426614174000"],
      "x must be a UUID",
    ],
    [
      "date",
      { type: "string", format: "date" },
      ["2024-02-29"],
      ["2023-02-29", "2024-1-1", "2024-13-01"],
      "x must be a date like 2026-01-31",
    ],
    [
      "date-time",
      { type: "string", format: "date-time" },
      ["2024-02-29T23:59:59Z", "2016-12-31T23:59:60Z", "2024-01-01T00:00:00.5+01:00"],
      ["2024-02-29 23:59:59Z", "2024-02-29T24:00:00Z", "2024-02-29T23:59:59"],
      "x must be a date and time like 2026-01-31T12:30:00Z",
    ],
    [
      "uri",
      { type: "string", format: "uri" },
      ["https://example.com/a?b=c#d"],
      ["/relative", "https://exa mple.com", "javascript", "http://a\\b"],
      "x must be a valid URI",
    ],
    [
      "byte",
      { type: "string", format: "byte" },
      ["", "YQ==", "YWI=", "YWJj"],
      ["YQ", "Y Q=", "YQ==\n", "===="],
      "x must be base64 text",
    ],
  ];
  for (const [name, schema, fitting, failing, sentence] of cases) {
    it(`I14 ${name}`, () => {
      const check = schemasOf({ Thing: { type: "object", properties: { x: schema } } }).check("Thing");
      for (const value of fitting) expect(sentences(check, { x: value })).toEqual([]);
      for (const value of failing) expect(sentences(check, { x: value })).toEqual([sentence]);
    });
  }
  it("multiples are judged as they are written in decimals", () => {
    for (let cents = 0; cents < 20_000; cents += 7) expect(isMultiple(cents / 100, 0.01)).toBe(true);
    expect(isMultiple(1e308, 0.123456789)).toBe(false);
    expect(isMultiple(0.3, 0.1)).toBe(true);
    expect(isMultiple(0.35, 0.1)).toBe(false);
  });
});

describe("versions", () => {
  it("3.0: nullable, exclusive bounds, siblings of $ref", () => {
    const { check } = schemasOf(
      {
        Thing: {
          type: "object",
          properties: {
            name: { type: "string", nullable: true },
            kind: { type: "string", nullable: true, enum: ["a"] },
            low: { type: "integer", minimum: 0, exclusiveMinimum: true },
            high: { type: "integer", maximum: 9, exclusiveMaximum: false },
            other: { $ref: "#/components/schemas/Text", maxLength: 1 },
          },
        },
        Text: { type: "string" },
      },
      "3.0.3",
    );
    const thing = check("Thing");
    expect(sentences(thing, { name: null, kind: "a", low: 1, high: 9, other: "long" })).toEqual([]);
    expect(sentences(thing, { name: 1, kind: null, low: 0, high: 10 })).toEqual([
      "name must be a string or null",
      "kind must be a",
      "low must be more than 0",
      "high must be at most 9",
    ]);
  });
  it("3.1: siblings of $ref count, booleans are schemas, nullable means nothing", () => {
    const { check } = schemasOf({
      Thing: {
        type: "object",
        properties: {
          a: { $ref: "#/components/schemas/Text", maxLength: 1 },
          b: false,
          c: { type: "string", nullable: true },
        },
      },
      Text: { type: "string" },
    });
    expect(sentences(check("Thing"), { a: "ab", b: 1, c: null })).toEqual([
      "a must be at most 1 character",
      "b is not allowed",
      "c must be a string",
    ]);
  });
  it("recursion through references, also of two schemas", () => {
    const { check } = schemasOf({
      Tree: {
        type: "object",
        required: ["name"],
        properties: { name: { type: "string" }, forest: { $ref: "#/components/schemas/Forest" } },
      },
      Forest: { type: "array", items: { $ref: "#/components/schemas/Tree" } },
    });
    const tree = check("Tree");
    expect(sentences(tree, { name: "a", forest: [{ name: "b", forest: [{ name: "c" }] }] })).toEqual([]);
    expect(tree.explain({ name: "a", forest: [{ name: "b", forest: [{}] }] }, "x")).toEqual([
      { at: "/forest/0/forest/0/name", message: "name is required" },
    ]);
    expect(sentences(check("Forest"), [{ name: 1 }])).toEqual(["name must be a string"]);
  });
  it("I13 a recursive schema with alternatives cannot be made exponential", () => {
    const branch = (kind: string) => ({
      type: "object",
      required: [kind],
      properties: { next: { $ref: "#/components/schemas/Node" } },
    });
    const { check } = schemasOf({ Node: { anyOf: [branch("a"), branch("b"), branch("c")] } });
    let value: Record<string, unknown> = {};
    for (let level = 0; level < 40; level += 1) value = { next: value };
    const start = performance.now();
    expect(check("Node").fits(value)).toBe(false);
    expect(check("Node").explain(value, "The body")).toEqual([{ at: "", message: "The body is too complex to check" }]);
    expect(performance.now() - start).toBeLessThan(5_000);
  });
  it("I03 uniqueItems over a hundred thousand objects is linear", () => {
    const { check } = schemasOf({ List: { type: "array", uniqueItems: true } });
    const items = Array.from({ length: 100_000 }, (_, id) => ({ id }));
    const start = performance.now();
    expect(check("List").fits(items)).toBe(true);
    expect(check("List").fits([...items, { id: 5 }])).toBe(false);
    expect(performance.now() - start).toBeLessThan(5_000);
  });
});

describe("directions", () => {
  const schemas = {
    User: {
      type: "object",
      required: ["id", "name", "password"],
      properties: {
        id: { $ref: "#/components/schemas/Id" },
        name: { type: "string" },
        password: { type: "string", writeOnly: true },
      },
    },
    Id: { type: "integer", readOnly: true },
    Admin: {
      allOf: [
        { $ref: "#/components/schemas/User" },
        { required: ["level", "id"], properties: { level: { type: "integer" } } },
      ],
    },
  };

  for (const version of ["3.0.3", "3.1.0", "3.2.0"]) {
    it(`I12 readOnly may not be sent and is not required, ${version}`, () => {
      const { check } = schemasOf(schemas, version);
      expect(sentences(check("User"), { name: "a", password: "b" })).toEqual([]);
      expect(sentences(check("User"), { id: 1, name: "a", password: "b" })).toEqual([
        "id is read-only and must not be sent",
      ]);
      expect(sentences(check("User"), { name: "a" })).toEqual(["password is required"]);
      expect(sentences(check("Admin"), { name: "a", password: "b", level: 1 })).toEqual([]);
    });

    it(`R02 writeOnly may not be answered and is not required, ${version}`, () => {
      const { check } = schemasOf(schemas, version);
      expect(sentences(check("User", "response"), { id: 1, name: "a" })).toEqual([]);
      expect(sentences(check("User", "response"), { id: 1, name: "a", password: "b" })).toEqual([
        "password is write-only and must not be in an answer",
      ]);
      expect(sentences(check("User", "response"), { name: "a" })).toEqual(["id is required"]);
    });
  }
});

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
