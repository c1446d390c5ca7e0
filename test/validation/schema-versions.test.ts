// One compiler for 3.0, 3.1 and 3.2, for requests and for answers: what each version and direction means.
import { describe, expect, it } from "vitest";
import { schemasOf, sentences } from "./document.ts";

const NODE = { $ref: "#/components/schemas/Node" };

describe("versions", () => {
  it("3.0: a reference that may be null, as generators write it", () => {
    const owner = { type: "object", required: ["name"], properties: { name: { type: "string" } } };
    const reference = { $ref: "#/components/schemas/Owner" };
    const schemas = {
      Owner: owner,
      Thing: {
        type: "object",
        properties: {
          owner: { nullable: true, allOf: [reference] },
          one: { nullable: true, oneOf: [reference], description: "or none" },
          never: { allOf: [reference] },
          kind: { nullable: true, enum: ["a"], allOf: [{ type: "string" }] },
        },
      },
    };
    const thing = schemasOf(schemas, "3.0.3").check("Thing");
    expect(sentences(thing, { owner: null, one: null })).toEqual([]);
    expect(sentences(thing, { owner: { name: "x" }, one: { name: "x" } })).toEqual([]);
    expect(sentences(thing, { owner: {}, one: "x", never: null, kind: null })).toEqual([
      "name is required",
      "one must be null or an object",
      "never must be an object",
      "kind must be a",
      "kind must be a string",
    ]);
    // In 3.1 the word is unknown.
    expect(sentences(schemasOf(schemas, "3.1.0").check("Thing"), { owner: null })).toEqual(["owner must be an object"]);
  });

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
    const before = process.cpuUsage();
    expect(check("Node").fits(value)).toBe(false);
    // All of them would take too long; the first is known.
    expect(check("Node").explain(value, "The body").at(-1)).toEqual({
      at: "",
      message: "The body fits none of the alternatives",
    });
    expect(process.cpuUsage(before).user / 1_000).toBeLessThan(5_000);
  });

  const kinds = (list: string, type: string) => ({
    type: "object",
    properties: { [list]: { type: "array", items: { $ref: "#/components/schemas/Node" } }, type: { const: type } },
  });
  it.each([
    ["alternatives that differ behind what recurs", { anyOf: [kinds("next", "a"), kinds("next", "b")] }, { next: [] }],
    [
      "lists of any depth",
      {
        anyOf: [
          { type: "array", items: NODE },
          { type: "array", items: { type: "array", items: NODE } },
        ],
      },
      [],
    ],
    ["oneOf", { oneOf: [kinds("next", "a"), kinds("next", "b"), { type: "string" }] }, { next: [] }],
    ["not", { anyOf: [{ not: { not: { type: "array", items: NODE } } }, { type: "array", items: NODE }] }, []],
  ])("I13 a value that fits no alternative, however deep, is refused at once: %s", (_name, node, around) => {
    const { check } = schemasOf({ Node: node });
    let value: unknown = 1;
    for (let level = 0; level < 28; level += 1) value = Array.isArray(around) ? [value] : { next: [value] };
    const before = process.cpuUsage();
    expect(check("Node").fits(value, 60)).toBe(false);
    expect(check("Node").explain(value, "The body", 60).length).toBeGreaterThan(0);
    const { user, system } = process.cpuUsage(before);
    expect((user + system) / 1_000).toBeLessThan(2_000);
  });

  it("I13 what a recursive schema may cost follows the number of values", () => {
    const branch = (kind: string) => ({
      type: "object",
      properties: { next: { type: "array", items: { $ref: "#/components/schemas/Node" } }, type: { const: kind } },
    });
    const { check } = schemasOf({ Node: { anyOf: [branch("a"), branch("b")] } });
    const node = (next: unknown[]) => ({ next, type: "b" });
    let deep = node([]);
    for (let level = 0; level < 14; level += 1) deep = node([deep]);
    expect(check("Node").fits(deep)).toBe(true);
    expect(check("Node").fits(deep, 45)).toBe(false);
    expect(check("Node").explain(deep, "The body", 45)[0]?.message).toBe("The body is too complex to check");
    const wide = node(Array.from({ length: 20_000 }, () => node([])));
    expect(check("Node").fits(wide, 60_000)).toBe(true);
  });

  it("I03 uniqueItems over a hundred thousand objects is linear", () => {
    const { check } = schemasOf({ List: { type: "array", uniqueItems: true } });
    const items = Array.from({ length: 100_000 }, (_, id) => ({ id }));
    const before = process.cpuUsage();
    expect(check("List").fits(items)).toBe(true);
    expect(check("List").fits([...items, { id: 5 }])).toBe(false);
    expect(process.cpuUsage(before).user / 1_000).toBeLessThan(5_000);
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
