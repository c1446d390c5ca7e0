// A discriminator says which alternative a value is: alternatives that are open would all fit, as in the examples of OpenAPI itself.
import { describe, expect, it } from "vitest";
import { schemasOf, sentences } from "./document.ts";

const BASE = {
  type: "object",
  required: ["kind"],
  properties: { kind: { type: "string" }, title: { type: "string" } },
};
const reference = (name: string) => ({ $ref: `#/components/schemas/${name}` });
const also = (properties: object, required: readonly string[] = []) => ({
  allOf: [reference("Base"), { type: "object", required, properties }],
});
const BRANCHES = [reference("Book"), reference("Film")];
const mapping = { book: "#/components/schemas/Book", film: "#/components/schemas/Film" };

describe.each(["3.0.3", "3.1.0"])("discriminators of %s", (version) => {
  const { check } = schemasOf(
    {
      Base: BASE,
      Book: also({ isbn: { type: "string" } }, ["isbn"]),
      Film: also({ minutes: { type: "integer" } }),
      Plain: { oneOf: BRANCHES },
      Medium: { oneOf: BRANCHES, discriminator: { propertyName: "kind", mapping } },
      Named: { oneOf: BRANCHES, discriminator: { propertyName: "kind" } },
      Any: { anyOf: BRANCHES, discriminator: { propertyName: "kind", mapping } },
      NotFree: {
        oneOf: [reference("Book"), { ...also({}), not: { required: ["free"] } }],
        discriminator: { propertyName: "kind", mapping: { book: "#/components/schemas/Book" } },
      },
    },
    version,
  );
  const book = { kind: "book", isbn: "1" };

  it("a value is what it calls itself", () => {
    expect(sentences(check("Plain"), book)).toEqual(["The body fits more than one of the alternatives"]);
    expect(sentences(check("Medium"), book)).toEqual([]);
    expect(sentences(check("Medium"), { kind: "film", minutes: 9 })).toEqual([]);
    expect(sentences(check("Medium"), { kind: "film", isbn: "1" })).toEqual([]);
    expect(sentences(check("Named"), { kind: "Book", isbn: "1" })).toEqual([]);
    expect(sentences(check("NotFree"), book)).toEqual([]);
  });

  it("and has to be that, whatever else it would fit", () => {
    expect(sentences(check("Plain"), { kind: "book" })).toEqual([]);
    for (const name of ["Medium", "Any"]) {
      expect(sentences(check(name), { kind: "book" })).toEqual(["isbn is required"]);
      expect(sentences(check(name), { kind: "film", minutes: "9" })).toEqual(["minutes must be an integer"]);
    }
    expect(sentences(check("NotFree"), { kind: "book" })).toEqual(["isbn is required"]);
  });

  it("what names no alternative is judged as if there were no discriminator", () => {
    expect(sentences(check("Medium"), { kind: "song", isbn: "1" })).toEqual([
      "The body fits more than one of the alternatives",
    ]);
    expect(sentences(check("Named"), book)).toEqual(["The body fits more than one of the alternatives"]);
    for (const kind of ["song", "toString"]) expect(sentences(check("Any"), { kind })).toEqual([]);
    expect(sentences(check("Medium"), { kind: 7 })).not.toEqual([]);
    expect(sentences(check("Medium"), "book")).not.toEqual([]);
  });
});
