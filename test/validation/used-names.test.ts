// Guards what a record may say of names that nobody declared: names and types, bounded, and never data.
import { describe, expect, it } from "vitest";
import { usedAt, usedIn, usedInQuery } from "../../src/validation/used-names.ts";

const names = (value: unknown) => usedIn("body", value, undefined).names.map(({ at, type }) => `${at} ${type}`);

describe("used names", () => {
  it("of a query have the narrowest type; what comes twice is a list", () => {
    const query = "a=1&b=1.5&c=true&d=x&e&f=1&f=2&g=007&%68=%31&h2=12345678901234567890&&i=+";
    expect(usedInQuery(query)).toEqual({
      in: "query",
      names: [
        { at: "a", type: "integer" },
        { at: "b", type: "number" },
        { at: "c", type: "boolean" },
        { at: "d", type: "string" },
        { at: "e", type: "string" },
        { at: "f", type: "array" },
        { at: "g", type: "string" },
        { at: "h", type: "integer" },
        { at: "h2", type: "string" },
        { at: "i", type: "string" },
      ],
    });
    expect(usedInQuery("a=1&b=2", ["b"]).names).toEqual([{ at: "b", type: "integer" }]);
    expect(usedInQuery("%zz=1").names).toEqual([]);
  });

  it("of a value are pointers in which items count as one", () => {
    expect(names({ id: 7, lines: [{ sku: "a" }, { sku: null, "a/b": 1.5 }], none: null })).toEqual([
      " object",
      "/id integer",
      "/lines array",
      "/lines/* object",
      "/lines/*/sku string",
      "/lines/*/sku null",
      "/lines/*/a~1b number",
      "/none null",
    ]);
    expect(names("text")).toEqual([" string"]);
  });

  it("are those at the given places, with what is inside them", () => {
    const value = { lines: [{ sku: "a" }, { sku: "a", extra: { deep: true } }] };
    expect(usedAt("answer", value, ["/lines/1/extra"], "application/json")).toEqual({
      in: "answer",
      media: "application/json",
      names: [
        { at: "/lines/*/extra", type: "object" },
        { at: "/lines/*/extra/deep", type: "boolean" },
      ],
    });
  });

  it("that are data themselves are not told", () => {
    const data = [
      "4711",
      "2026-11-26",
      "ann@example.com",
      "0b8f9c2e-9c1e-4d21-8f44-0a1b2c3d4e5f",
      "01ARZ3NDEKTSV4RRFFQ69G5FAV",
      "507f1f77bcf86cd799439011",
      "sk_live_4eC39HqLyjWDarjtT1zdp7dc",
      "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0",
      "line\nbreak",
      "Alice Smith",
      "\u202e",
      "x".repeat(65),
      "",
      "__proto__\u0000",
    ];
    for (const name of data) expect(names({ [name]: 1 })).toEqual([" object", "/* integer"]);
    expect(usedInQuery(data.map((name) => `${encodeURIComponent(name)}=1`).join("&")).names).toEqual([]);
    for (const name of ["iso3166", "sha256", "größe", "line_1", "x-total", "$ref", "page[size]", "v2"]) {
      expect(names({ [name]: 1 })).toEqual([" object", `/${name} integer`]);
    }
  });

  it("are bounded in number, depth and length", () => {
    expect(names(Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`n${i}`, i])))).toHaveLength(32);
    let deep: unknown = 1;
    for (let i = 0; i < 20; i += 1) deep = { a: deep };
    expect(names(deep)).toHaveLength(7);
    expect(names({ ["x".repeat(60)]: { ["y".repeat(60)]: { ["z".repeat(60)]: 1 } } })).toHaveLength(3);
    expect(usedInQuery(Array.from({ length: 100 }, (_, i) => `n${i}=1`).join("&")).names).toHaveLength(32);
  });
});
