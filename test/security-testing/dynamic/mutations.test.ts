// Guards what bounds are tried with: each mutation is just outside or just inside, and the schema's own judge agrees.
import { describe, expect, it } from "vitest";
import { DocumentSet } from "../../../src/openapi/document.ts";
import { Fits } from "../../../src/security-testing/dynamic/inputs/fits.ts";
import { heldSchema } from "../../../src/security-testing/dynamic/inputs/held-schema.ts";
import { mutationsOf } from "../../../src/security-testing/dynamic/inputs/mutations.ts";
import { NOTHING, type Slot } from "../../../src/security-testing/dynamic/inputs/slot.ts";

interface Options {
  readonly place?: Slot["place"];
  readonly version?: string;
  readonly isRequired?: boolean;
}

function tried(schema: object, base: unknown, { place = "body", version = "3.1.0", isRequired = false }: Options = {}) {
  const set = DocumentSet.fromObject({
    openapi: version,
    info: {},
    paths: {},
    components: { schemas: { It: schema } },
  });
  const at = set.child(set.root, "components", "schemas", "It");
  const slot: Slot = {
    place,
    keys: ["it"],
    label: "it",
    schema: heldSchema(at, set),
    isRequired,
    isText: place !== "body",
  };
  const fits = new Fits(set);
  const mutations = [...mutationsOf(slot, base)];
  return {
    mutations,
    wrong: mutations.filter(({ value, isRefused }) => value !== NOTHING && fits.value(at, value) === isRefused),
  };
}

const values = (schema: object, base: unknown, isRefused: boolean, options?: Options) =>
  tried(schema, base, options)
    .mutations.filter((mutation) => mutation.isRefused === isRefused)
    .map(({ value }) => value);

describe("just outside and just inside", () => {
  it.each([
    ["minimum", { type: "integer", minimum: 1 }, 3, 0, 1],
    ["maximum", { type: "integer", maximum: 100 }, 3, 101, 100],
    ["exclusive minimum", { type: "integer", exclusiveMinimum: 1 }, 3, 1, 2],
    ["exclusive maximum", { type: "number", exclusiveMaximum: 2 }, 1, 2, 1.5],
    ["multiple", { type: "integer", multipleOf: 5, minimum: 10 }, 15, 5, 10],
    ["int32", { type: "integer", format: "int32" }, 3, 2_147_483_648, 2_147_483_647],
    ["minLength", { type: "string", minLength: 3 }, "abcd", "ab", "abc"],
    ["maxLength", { type: "string", maxLength: 3 }, "ab", "abbb", "abb"],
    ["enum", { type: "string", enum: ["a", "b"] }, "a", "not-one-of-them", "b"],
    ["maxItems", { type: "array", maxItems: 2, items: { type: "integer" } }, [1], [1, 1, 1], [1, 1]],
    ["minItems", { type: "array", minItems: 2, items: { type: "integer" } }, [1, 2], [1], [1, 2]],
  ])("is there of %s", (_name, schema, base, outside, inside) => {
    expect(values(schema, base, true)).toContainEqual(outside);
    expect(values(schema, base, false)).toContainEqual(inside);
    expect(tried(schema, base).wrong).toEqual([]);
  });

  it("is there of boolean bounds as OpenAPI 3.0 has them, and of what may be null", () => {
    const schema = { type: "integer", minimum: 1, exclusiveMinimum: true, nullable: true };
    expect(values(schema, 5, true, { version: "3.0.3" })).toContainEqual(1);
    expect(values(schema, 5, true, { version: "3.0.3" })).not.toContainEqual(null);
    expect(tried(schema, 5, { version: "3.0.3" }).wrong).toEqual([]);
  });

  it("keeps the pattern while it tries the length, and the length while it tries the pattern", () => {
    const schema = { type: "string", pattern: "^[a-z]+$", maxLength: 5, minLength: 2 };
    const { mutations, wrong } = tried(schema, "abc");
    expect(wrong).toEqual([]);
    expect(mutations.find(({ name }) => name.startsWith("longer"))?.value).toMatch(/^[a-z]{6}$/);
    expect(mutations.find(({ name }) => name === "unlike its pattern")?.value).toBe("ab~");
  });

  it("tries what is no whole number without leaving the range", () => {
    expect(values({ type: "integer", minimum: 1, maximum: 9 }, 3, true)).toContainEqual(2.5);
  });

  it.each([
    ["email", "a@b.example"],
    ["uuid", "3f2504e0-4f89-41d3-9a0c-0305e82c3301"],
    ["date", "2026-01-31"],
    ["uri", "https://a.example/"],
  ])("tries the format %s", (format, base) => {
    expect(values({ type: "string", format }, base, true)).toContainEqual("~no such form~");
    expect(tried({ type: "string", format }, base).wrong).toEqual([]);
  });

  it("tries members and types of bodies, and only what text can show of parameters", () => {
    const schema = { type: "object", additionalProperties: false, properties: { a: { type: "string" } } };
    expect(values(schema, { a: "x" }, true)).toEqual(["text", null, { a: "x", portcullisUndeclared: 1 }]);
    expect(values({ type: "string" }, "x", true)).toEqual([7, null]);
    expect(values({ type: "string" }, "x", true, { place: "query" })).toEqual([]);
    expect(values({ type: "integer" }, 1, true, { place: "query" })).toEqual(["text", 0.5]);
    expect(values({ type: "integer" }, 1, true, { place: "query", isRequired: true })[0]).toBe(NOTHING);
  });

  it("says nothing where the schema does not", () => {
    expect(tried({}, "x").mutations).toEqual([]);
  });
});
