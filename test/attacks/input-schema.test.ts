// I11 to I14: what schemas close. Undeclared and read-only members, patterns made to hang, and each boundary of each keyword.
import { describe, expect, it } from "vitest";
import { documentOf, inputBench } from "./input.ts";

const json = (schema: unknown) => ({
  post: {
    requestBody: { content: { "application/json": { schema } } },
    responses: { default: { description: "any" } },
  },
});

const CONDITIONAL = JSON.parse('{ "if": { "const": 1 }, "then": false, "else": { "maximum": 5 } }') as object;

/** By keyword: a schema, values just inside, values just outside, and what is said of those. */
const BOUNDARIES: Readonly<
  Record<string, readonly [schema: object, inside: unknown[], outside: unknown[], says: string]>
> = {
  minimum: [{ type: "integer", minimum: 5 }, [5, 6], [4], "must be at least 5"],
  "minimum of a number": [{ type: "number", minimum: 0.5 }, [0.5], [0.49999999999999994], "must be at least 0.5"],
  maximum: [{ type: "integer", maximum: 5 }, [4, 5], [6], "must be at most 5"],
  exclusiveMinimum: [{ type: "integer", exclusiveMinimum: 5 }, [6], [5, 4], "must be more than 5"],
  exclusiveMaximum: [{ type: "integer", exclusiveMaximum: 5 }, [4], [5, 6], "must be less than 5"],
  multipleOf: [{ type: "integer", multipleOf: 5 }, [0, 5, -5], [4, 6], "must be a multiple of 5"],
  "multipleOf a hundredth": [
    { type: "number", multipleOf: 0.01 },
    [19.99, 0.01],
    [19.991, 0.005],
    "must be a multiple of 0.01",
  ],
  minLength: [{ type: "string", minLength: 2 }, ["ab", "😀é"], ["a", "😀"], "must be at least 2 characters"],
  "minLength of 1": [{ type: "string", minLength: 1 }, ["a"], [""], "must not be empty"],
  maxLength: [{ type: "string", maxLength: 2 }, ["ab", "😀😀"], ["abc", "😀😀😀"], "must be at most 2 characters"],
  minItems: [{ type: "array", minItems: 2 }, [[1, 2]], [[1], []], "must have at least 2 items"],
  maxItems: [{ type: "array", maxItems: 2 }, [[1, 2]], [[1, 2, 3]], "must have at most 2 items"],
  uniqueItems: [
    { type: "array", uniqueItems: true },
    [
      [1, 2],
      [1, "1"],
    ],
    [
      [1, 1],
      [{ a: 1 }, { a: 1 }],
    ],
    "must not have the same item twice",
  ],
  contains: [
    { type: "array", contains: { type: "string" } },
    [["a", 1]],
    [[1], []],
    "at least 1 item of the kind that is declared",
  ],
  minContains: [
    { type: "array", contains: { type: "string" }, minContains: 2 },
    [["a", "b"]],
    [["a", 1]],
    "at least 2 items of the kind",
  ],
  maxContains: [
    { type: "array", contains: { type: "string" }, maxContains: 1 },
    [["a", 1]],
    [["a", "b"]],
    "exactly 1 item of the kind that is declared",
  ],
  prefixItems: [
    { type: "array", prefixItems: [{ type: "string" }], items: { type: "integer" } },
    [["a", 1]],
    [["a", "b"], [1]],
    "must be a",
  ],
  "items: false": [
    { type: "array", prefixItems: [{}], items: false },
    [["a"]],
    [["a", "b"]],
    "must have at most 1 item",
  ],
  unevaluatedItems: [
    { type: "array", prefixItems: [{}], unevaluatedItems: false },
    [["a"]],
    [["a", "b"]],
    "must not have more items",
  ],
  minProperties: [{ type: "object", minProperties: 2 }, [{ a: 1, b: 1 }], [{ a: 1 }], "must have at least 2 members"],
  maxProperties: [
    { type: "object", maxProperties: 2 },
    [{ a: 1, b: 1 }],
    [{ a: 1, b: 1, c: 1 }],
    "must have at most 2 members",
  ],
  required: [{ type: "object", required: ["a"] }, [{ a: null }], [{}, { A: 1 }], "a is required"],
  dependentRequired: [
    { type: "object", dependentRequired: { a: ["b"] } },
    [{ a: 1, b: 1 }, { b: 1 }],
    [{ a: 1 }],
    "b is required",
  ],
  dependentSchemas: [{ dependentSchemas: { a: { required: ["b"] } } }, [{ a: 1, b: 1 }], [{ a: 1 }], "b is required"],
  additionalProperties: [
    { type: "object", properties: { a: {} }, additionalProperties: false },
    [{ a: 1 }],
    [{ a: 1, b: 1 }],
    "b is not allowed",
  ],
  patternProperties: [
    { type: "object", patternProperties: { "^n_": { type: "integer" } } },
    [{ n_a: 1, x: "y" }],
    [{ n_a: "1" }],
    "n_a must be an integer",
  ],
  propertyNames: [
    { type: "object", propertyNames: { maxLength: 2 } },
    [{ ab: 1 }],
    [{ abc: 1 }],
    "abc is not a name that is allowed here",
  ],
  unevaluatedProperties: [
    { allOf: [{ properties: { a: {} } }], unevaluatedProperties: false },
    [{ a: 1 }],
    [{ a: 1, b: 1 }],
    "b is not allowed",
  ],
  type: [{ type: "integer" }, [1, 1.0], [1.5, "1", true, null, [1]], "must be an integer"],
  "type of several": [{ type: ["string", "null"] }, ["a", null], [1, {}], "must be a string or null"],
  enum: [{ enum: ["a", 1, null] }, ["a", 1, null], ["b", "A", 2, "1", false], "must be one of a, 1, null"],
  const: [{ const: "a" }, ["a"], ["b", "a "], "must be a"],
  pattern: [{ type: "string", pattern: "^[a-c]+$" }, ["abc"], ["abd", "", "abc\n"], "must match ^[a-c]+$"],
  format: [{ type: "string", format: "date" }, ["2024-02-29"], ["2023-02-29", "2024-02-30"], "must be a date like"],
  "format int32": [
    { type: "integer", format: "int32" },
    [2147483647, -2147483648],
    [2147483648, -2147483649],
    "must be an integer of 32 bits",
  ],
  "format uint8": [
    { type: "integer", format: "uint8" },
    [0, 255],
    [-1, 256],
    "must be an integer of 8 bits without sign",
  ],
  allOf: [{ allOf: [{ minimum: 2 }, { maximum: 4 }] }, [2, 4], [1, 5], "must be at"],
  anyOf: [
    {
      anyOf: [
        { type: "integer", maximum: 1 },
        { type: "string", maxLength: 1 },
      ],
    },
    [1, "a"],
    [2, "ab"],
    "must be at most 1",
  ],
  oneOf: [{ oneOf: [{ multipleOf: 2 }, { multipleOf: 3 }] }, [2, 3, 4], [6], "fits more than one of the alternatives"],
  not: [{ not: { const: "root" } }, ["Root", "x"], ["root"], "is a value that is ruled out"],
  "if and then": [CONDITIONAL, [5, 2], [1, 6], ""],
  "schema false": [{ properties: { a: false } }, [{ b: 1 }], [{ a: 1 }], "a is not allowed"],
};

const NAMES = Object.keys(BOUNDARIES);
const CATASTROPHIC = ["^(a+)+$", "^(a|a)*$", "^([a-z]+)*$", "^(a|aa)+$", "^(.*)*x$", "^(\\w+\\s?)*$"];
const ACCOUNT = {
  type: "object",
  patternProperties: { "^_": { type: "string", readOnly: true } },
  properties: {
    name: { type: "string" },
    id: { type: "integer", readOnly: true },
    role: { $ref: "#/components/schemas/Role" },
    plan: { allOf: [{ $ref: "#/components/schemas/Role" }, { maxLength: 9 }] },
    inner: {
      type: "object",
      additionalProperties: { readOnly: true },
      properties: { verified: { type: "boolean", readOnly: true } },
    },
  },
};

const { refuses, passes } = inputBench(
  documentOf(
    {
      ...Object.fromEntries(NAMES.map((name, index) => [`/boundary${index}`, json(BOUNDARIES[name]?.[0])])),
      ...Object.fromEntries(
        CATASTROPHIC.map((pattern, index) => [`/pattern${index}`, json({ type: "string", pattern })]),
      ),
      "/closed": json({ ...ACCOUNT, additionalProperties: false }),
      "/account": json(ACCOUNT),
      "/search": {
        get: {
          parameters: [
            { name: "q", in: "query", schema: { type: "string" } },
            { name: "code", in: "query", schema: { type: "string", pattern: "^(a+)+$" } },
          ],
          responses: { default: { description: "any" } },
        },
      },
    },
    { Role: { type: "string", readOnly: true } },
  ),
  { unknownParameters: "enforce" },
);

const post = (target: string, value: unknown) => ({
  target,
  fields: { "content-type": "application/json" },
  body: JSON.stringify(value),
});

/** An API that takes whatever comes for its own: `Object.assign(user, body)`. */
const assigned = (value: object): Record<string, unknown> => Object.assign({ id: 7, role: "user" }, value);

describe("I11 what is not declared", () => {
  it.each([
    ["a property", "/closed", { name: "Ann", admin: true }, "admin is not allowed"],
    ["a property in another letter case", "/closed", { Name: "Ann" }, "Name is not allowed"],
    ["a property with a space", "/closed", { "name ": "Ann" }, "name  is not allowed"],
    ["a property with what cannot be seen", "/closed", { "name\u200b": "Ann" }, "is not allowed"],
  ])("%s", async (_title, target, value, says) => {
    expect(Object.keys(assigned(value))).toContain(Object.keys(value).at(-1));
    await refuses(post(target, value), { status: 400, says });
  });

  it("a parameter, where the configuration refuses those", async () => {
    await refuses({ method: "GET", target: "/search?q=a&debug=1" }, { status: 400, says: "debug is not allowed" });
    await passes({ method: "GET", target: "/search?q=a" });
  });

  it("all of them at once, and no more than 20", async () => {
    const many = Object.fromEntries(Array.from({ length: 30 }, (_, i) => [`x${i}`, i]));
    await refuses(post("/closed", many), { status: 400, says: "x19 is not allowed" });
    await expect(refuses(post("/closed", many), { status: 400, says: "x20 is not allowed" })).rejects.toThrow("x20");
  });
});

describe("I12 readOnly sent", () => {
  it.each([
    ["a property", { name: "Ann", id: 1 }, "id is read-only and must not be sent"],
    ["one that a reference makes so", { role: "admin" }, "role is read-only and must not be sent"],
    ["one that allOf makes so", { plan: "gold" }, "plan is read-only and must not be sent"],
    ["one that nobody names", { inner: { x: 1 } }, "x is read-only and must not be sent"],
    ["one inside another", { inner: { verified: true } }, "verified is read-only and must not be sent"],
    ["one that only a pattern names", { _id: "x" }, "_id is read-only and must not be sent"],
    ["one with its own value", { id: 7 }, "id is read-only and must not be sent"],
  ])("%s", async (_title, value, says) => {
    expect(assigned(value)).toMatchObject(value);
    await refuses(post("/account", value), { status: 400, says });
  });

  it("the others pass", () => passes(post("/account", { name: "Ann", inner: {} })));
});

describe("I13 regular expressions with catastrophic patterns", () => {
  it.each(CATASTROPHIC.map((pattern, index) => [pattern, index] as const))("%s", async (pattern, index) => {
    const native = new RegExp(pattern);
    const text = (length: number): string => `${"a".repeat(length)}!`;
    let length = 20;
    let tookMs = 0;
    // Of processor time, which a busy machine makes no longer.
    for (; tookMs < 200 && length < 60; length += 1) {
      const start = process.cpuUsage();
      native.test(text(length));
      tookMs = process.cpuUsage(start).user / 1_000;
    }
    // For some forty characters; the gate is given a hundred thousand.
    expect(tookMs).toBeGreaterThan(200);
    const before = process.cpuUsage();
    await refuses(post(`/pattern${index}`, text(100_000)), { status: 400, says: "must match" });
    // What it costs; how long it takes is up to what else runs here.
    const { user, system } = process.cpuUsage(before);
    expect((user + system) / 1000).toBeLessThan(1_000);
  });

  it("in a parameter, and what matches passes", async () => {
    await refuses(
      { method: "GET", target: `/search?code=${"a".repeat(5_000)}!` },
      { status: 400, says: "code must match" },
    );
    await passes({ method: "GET", target: `/search?code=${"a".repeat(5_000)}` });
  });
});

describe.each(NAMES)("I14 %s", (name) => {
  const [, inside, outside, says] = BOUNDARIES[name] as (typeof BOUNDARIES)[string];
  const target = `/boundary${NAMES.indexOf(name)}`;

  it.each(inside.map((value) => JSON.stringify(value)))("just inside: %s", (text) =>
    passes(post(target, JSON.parse(text) as unknown)),
  );

  it.each(outside.map((value) => JSON.stringify(value)))("just outside: %s", (text) =>
    refuses(post(target, JSON.parse(text) as unknown), { status: 400, says }),
  );
});
