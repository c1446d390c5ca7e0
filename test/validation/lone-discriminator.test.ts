// A discriminator of a schema that others extend chooses none of them: told where such a value comes, and nowhere else.
import { describe, expect, it } from "vitest";
import { schemasOf } from "./document.ts";

const to = (name: string) => ({ $ref: `#/components/schemas/${name}` });
const discriminator = { propertyName: "kind", mapping: { cat: "#/components/schemas/Cat" } };
const SCHEMAS = {
  Pet: { type: "object", required: ["kind"], properties: { kind: { type: "string" } }, discriminator },
  Cat: { allOf: [to("Pet"), { type: "object", required: ["age"], properties: { age: { type: "integer" } } }] },
  Dog: { allOf: [to("Pet")] },
};

function toldOf(body: object, schemas: Record<string, unknown> = SCHEMAS, version = "3.0.3"): string[] {
  const { compiler, at } = schemasOf({ ...schemas, Body: body }, version);
  const told = compiler.verify(at("Body"));
  expect(told.every(({ severity, remedy }) => severity === "warning" && remedy?.includes("oneOf") === true)).toBe(true);
  return told.map(({ message }) => message);
}

describe("a discriminator without alternatives", () => {
  const message =
    "A discriminator without oneOf chooses nothing: values are judged by this schema alone, never by Cat, Dog.";

  it.each<[string, object]>([
    ["a whole body", to("Pet")],
    ["a member", { type: "object", properties: { pet: to("Pet") } }],
    ["an item", { type: "array", items: to("Pet") }],
    ["any member", { type: "object", additionalProperties: to("Pet") }],
    ["a member of a part", { allOf: [{ type: "object", properties: { pet: to("Pet") } }] }],
  ])("is told: %s", (_, body) => {
    expect(toldOf(body)).toEqual([message]);
    expect(toldOf(body, SCHEMAS, "3.1.0")).toEqual([message]);
    expect(schemasOf(SCHEMAS).check("Pet").fits({ kind: "cat" })).toBe(true);
  });

  it("is told once for all who use it", () => {
    expect(toldOf({ type: "object", properties: { one: to("Pet"), two: to("Pet") } })).toHaveLength(1);
  });

  it.each<[string, object, Record<string, unknown>]>([
    ["beside oneOf", { oneOf: [to("Cat"), to("Dog")], discriminator }, SCHEMAS],
    ["of a part of what comes", to("Cat"), SCHEMAS],
    ["of a schema that nobody extends", to("Pet"), { Pet: SCHEMAS.Pet, Cat: { type: "object" } }],
  ])("is not told: %s", (_, body, schemas) => {
    expect(toldOf(body, schemas)).toEqual([]);
  });
});
