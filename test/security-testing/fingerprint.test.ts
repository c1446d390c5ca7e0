// Guards fingerprints: a baseline must know a finding again, and must not take another for it.
import { describe, expect, it } from "vitest";
import { fingerprintOf } from "../../src/security-testing/fingerprint.ts";

const read = { method: "GET", template: "/orders/{id}" };
const base = fingerprintOf("dynamic.x", read, "body /role", "read /orders/17 of another");

describe("a fingerprint is the same", () => {
  it.each([
    ["for another identifier", "read /orders/18 of another"],
    ["for a UUID in its place", "read /orders/2b1c7c0e-9f6d-4c53-9c1a-0d6a3b1f2e4d of another"],
  ])("%s", (_, what) => {
    expect(fingerprintOf("dynamic.x", read, "body /role", what.replace(/[0-9a-f-]{36}/, "17"))).toBe(base);
  });

  it.each([
    ["UUIDs", "2b1c7c0e-9f6d-4c53-9c1a-0d6a3b1f2e4d", "7a1c7c0e-9f6d-4c53-9c1a-0d6a3b1f2e4d"],
    ["times", "at 2026-01-02T03:04:05Z", "at 2026-05-06T07:08:09.123Z"],
    ["tokens", "with eyJhbGciOi.eyJzdWIi.c2ln", "with eyJhbGciOi.eyJpc3Mi.b3RoZXI"],
    ["ports", "http://127.0.0.1:3000/x", "http://127.0.0.1:4711/x"],
    ["long numbers", "number 123456", "number 98765"],
  ])("whatever the %s are", (_, one, other) => {
    expect(fingerprintOf("dynamic.x", read, undefined, one)).toBe(fingerprintOf("dynamic.x", read, undefined, other));
  });

  it("when a path parameter is called otherwise", () => {
    const renamed = { method: "GET", template: "/orders/{orderId}" };
    expect(fingerprintOf("dynamic.x", renamed, "body /role", "read /orders/17 of another")).toBe(base);
  });

  it.each([
    ["the only one", "/orders/{id}", "path id", "/orders/{orderId}", "path orderId"],
    ["the second of two", "/a/{id}/b/{no}", "path no", "/a/{x}/b/{y}", "path y"],
    ["one of two in a segment", "/f/{name}.{form}", "path form", "/f/{file}.{ext}", "path ext"],
  ])("when it is the path parameter itself that is called otherwise: %s", (_, template, parameter, other, its) => {
    const one = fingerprintOf("dynamic.x", { method: "GET", template }, parameter, "read");
    expect(fingerprintOf("dynamic.x", { method: "GET", template: other }, its, "read")).toBe(one);
  });
});

const at = (parameter: string) =>
  fingerprintOf("dynamic.x", { method: "GET", template: "/x/{a}/{b}" }, parameter, "read");

describe("a fingerprint is another", () => {
  it.each([
    ["rule", fingerprintOf("dynamic.y", read, "body /role", "read /orders/17 of another")],
    ["method", fingerprintOf("dynamic.x", { ...read, method: "PUT" }, "body /role", "read /orders/17 of another")],
    [
      "path",
      fingerprintOf("dynamic.x", { ...read, template: "/users/{id}" }, "body /role", "read /orders/17 of another"),
    ],
    ["parameter", fingerprintOf("dynamic.x", read, "body /owner", "read /orders/17 of another")],
    ["place in the path", at("path a"), at("path b")],
    ["kind of parameter", at("path a"), at("query a")],
    ["parameter that is not in the path", at("path c"), at("path d")],
    ["case", fingerprintOf("dynamic.x", read, "body /role", "deleted /orders/17 of another")],
    ["status", fingerprintOf("dynamic.x", read, "body /role", "401")],
  ])("for another %s", (_, other, one = base) => {
    expect(other).not.toBe(one);
  });

  it("where only a status differs", () => {
    expect(fingerprintOf("c", read, undefined, "401")).not.toBe(fingerprintOf("c", read, undefined, "403"));
  });
});
