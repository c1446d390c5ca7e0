// Guards which properties are tried, with which values, and when one counts as taken over.
import { describe, expect, it } from "vitest";
import { declaredProperties, isOpen } from "../../../../src/security-testing/dynamic/objects/bodies.ts";
import { bodySchema } from "../../../../src/security-testing/dynamic/objects/bodies.ts";
import {
  type Cast,
  isTakenOver,
  readOnlyCandidates,
  undeclaredCandidates,
  withValue,
} from "../../../../src/security-testing/dynamic/objects/candidates.ts";
import type { Located } from "../../../../src/openapi/located.ts";
import { taking } from "./documents.ts";

const cast: Cast = { own: "ann", another: "ben", roles: ["customer", "administrator"], random: () => 0.5 };

function declared(schema: Readonly<Record<string, unknown>>) {
  const { set, operation } = taking(schema);
  return declaredProperties(set, bodySchema(operation("make")) as Located);
}

function undeclared(shown: unknown, names: readonly string[], answer: Readonly<Record<string, unknown>> = {}) {
  const candidates = undeclaredCandidates((name) => names.includes(name), shown, declared(answer), cast);
  return new Map(candidates.map((one) => [one.at, one]));
}

describe("what is read-only", () => {
  const schema = {
    type: "object",
    properties: {
      name: { type: "string" },
      balance: { type: "integer", readOnly: true },
      state: { enum: ["new", "paid"], readOnly: true },
      inner: { type: "object", properties: { admin: { type: "boolean", readOnly: true } } },
      lines: { type: "array", items: { properties: { cost: { type: "integer", readOnly: true } } } },
    },
  };

  it("is tried with another value of its kind", () => {
    const shown = { balance: 1000, state: "new", inner: { admin: false } };
    const found = readOnlyCandidates(declared(schema), shown, cast).map(({ at, value }) => [at, value]);
    expect(found).toEqual([
      ["/balance", 2500],
      ["/state", "paid"],
      ["/inner/admin", true],
    ]);
  });

  it("is tried by its type where answers do not show it", () => {
    const found = readOnlyCandidates(declared(schema), {}, cast).map(({ at }) => at);
    expect(found).toEqual(["/balance", "/state", "/inner/admin"]);
  });
});

describe("what is not declared", () => {
  it("is what answers show, the owner's name given to another", () => {
    const found = undeclared({ id: "7", owner: "ann", note: "x", createdAt: "2026-01-01T00:00:00Z" }, ["note"]);
    expect(found.get("/owner")).toMatchObject({ value: "ben", before: "ann", isShown: true });
    expect(found.has("/note")).toBe(false);
    expect(found.has("/id")).toBe(false);
    expect(found.has("/createdAt")).toBe(false);
  });

  it("is a role of the policy where it is a role", () => {
    expect(undeclared({ role: "customer" }, []).get("/role")?.value).toBe("administrator");
    expect(undeclared({ role: "administrator" }, []).get("/role")?.value).toBe("customer");
  });

  it("is what gives power, shown or not", () => {
    const found = undeclared({}, ["verified"]);
    expect(found.get("/isAdmin")).toMatchObject({ value: true, isShown: false });
    expect(found.get("/owner")?.value).toBe("ben");
    expect(found.has("/verified")).toBe(false);
  });

  it("keeps to the values that answers may have", () => {
    const answer = { type: "object", properties: { status: { enum: ["placed", "refunded"] } } };
    expect(undeclared({ status: "placed" }, [], answer).get("/status")?.value).toBe("refunded");
  });

  it("keeps the form of what was there", () => {
    const found = undeclared(
      { mail: "ann@example.org", on: "2026-01-01", open: true, tags: ["a"], deep: { a: 1 } },
      [],
    );
    expect(found.get("/mail")?.value).toMatch(/@example\.com$/);
    expect(found.get("/on")?.value).toBe("2001-01-01");
    expect(found.get("/open")?.value).toBe(false);
    expect(found.get("/tags")?.value).toHaveLength(2);
    expect(found.has("/deep")).toBe(false);
  });
});

describe("a body", () => {
  it.each([
    ["described", { type: "object", properties: { a: {} }, additionalProperties: true }, true],
    ["of a kind", { type: "object", properties: { a: {} }, additionalProperties: { type: "string" } }, true],
    ["without a word", { type: "object" }, true],
    ["closed", { type: "object", properties: { a: {} }, additionalProperties: false }, false],
    ["silent about others", { type: "object", properties: { a: {} } }, false],
  ])("whose other properties are %s: open is %o", (_, schema, expected) => {
    const { set, operation } = taking(schema);
    expect(isOpen(set, bodySchema(operation("make")) as Located)).toBe(expected);
  });

  it("gets a value where it belongs, and is not touched itself", () => {
    const body = { a: { b: 1 } };
    expect(withValue(body, "/a/c", 2)).toEqual({ a: { b: 1, c: 2 } });
    expect(withValue(body, "/d/e~1f", 2)).toEqual({ a: { b: 1 }, d: { "e/f": 2 } });
    expect(body).toEqual({ a: { b: 1 } });
  });
});

describe("a property", () => {
  const candidate = { at: "/role", isReadOnly: false, isShown: true, before: "customer", value: "administrator" };

  it.each([
    ["what was sent", { role: "administrator" }, true],
    ["as before", { role: "customer" }, false],
    ["something else", { role: "nobody" }, false],
    ["gone", {}, false],
  ])("that is %s afterwards: taken over is %o", (_, after, expected) => {
    expect(isTakenOver(candidate, after)).toBe(expected);
  });

  it("that was so before was not taken over", () => {
    expect(isTakenOver({ ...candidate, before: "administrator" }, { role: "administrator" })).toBe(false);
  });
});
