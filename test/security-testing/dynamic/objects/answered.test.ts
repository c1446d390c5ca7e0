// Guards what counts as said too much in an answer.
import { describe, expect, it } from "vitest";
import type { Located } from "../../../../src/openapi/located.ts";
import { answeredTooMuch, writeOnlyOf } from "../../../../src/security-testing/dynamic/objects/answered.ts";
import { bodySchema } from "../../../../src/security-testing/dynamic/objects/bodies.ts";
import { taking } from "./documents.ts";

const user = {
  type: "object",
  properties: { name: { type: "string" }, pin: { type: "string", writeOnly: true }, inner: { properties: { a: {} } } },
};

function told(schema: Readonly<Record<string, unknown>>, value: unknown, writeOnly: readonly string[] = []) {
  const { set, operation } = taking(schema);
  const found = answeredTooMuch(set, bodySchema(operation("make")) as Located, value, new Set(writeOnly));
  return found.map(({ at, isWriteOnly }) => `${at}${isWriteOnly ? " write-only" : ""}`);
}

describe("an answer", () => {
  it("tells what is write-only", () => {
    expect(told(user, { name: "ann", pin: "0000" })).toEqual(["/pin write-only"]);
  });

  it.each([
    ["null", null],
    ["empty", ""],
    ["blanked out", "****"],
  ])("tells nothing where it is %s", (_, pin) => {
    expect(told(user, { name: "ann", pin })).toEqual([]);
  });

  it("tells what nobody declares, also further in", () => {
    expect(told(user, { name: "ann", cost: 1, inner: { a: 1, b: 2 } })).toEqual(["/cost", "/inner/b"]);
  });

  it("tells it once for all items of a list", () => {
    const list = { type: "array", items: user };
    expect(
      told(list, [
        { name: "a", cost: 1 },
        { name: "b", cost: 2, pin: "1" },
      ]),
    ).toEqual(["/*/pin write-only", "/*/cost"]);
  });

  it("tells what a request of the same object calls write-only", () => {
    expect(told(user, { name: "ann", password: "x1" }, ["/password"])).toEqual(["/password write-only"]);
  });

  it.each([
    ["described", { ...user, additionalProperties: true }],
    ["of a kind", { ...user, additionalProperties: { type: "integer" } }],
    ["without properties", { type: "object" }],
    ["declared by an alternative", { oneOf: [user, { type: "object", properties: { cost: {} } }] }],
    ["declared by a part", { allOf: [user, { type: "object", properties: { cost: {} } }] }],
  ])("tells nothing too much where others are %s", (_, schema) => {
    expect(told(schema, { name: "ann", cost: 1 })).toEqual([]);
  });
});

describe("a request", () => {
  it("says what is write-only, and without a body nothing", () => {
    const { set, operation } = taking(user);
    expect(writeOnlyOf(set, bodySchema(operation("make")))).toEqual(["/pin"]);
    expect(writeOnlyOf(set, undefined)).toEqual([]);
  });
});
