// Validation without a document, and the guards of what no document lists.
import { describe, expect, it } from "vitest";
import { ProblemsError } from "../../src/openapi/located.ts";
import { bodyCheck, methodUndeclaredGuard, operationUndeclaredGuard } from "../../src/validation/index.ts";
import { exchangeOf } from "./exchanges.ts";

describe("a schema alone", () => {
  const check = bodyCheck({
    type: "object",
    required: ["email"],
    properties: { email: { type: "string", format: "email" }, next: { $ref: "#/$defs/Next" } },
    $defs: { Next: { type: "integer" } },
  });

  it("judges bytes and values", () => {
    expect(check.read(Buffer.from('{"email":"a@b.co","next":1}'))).toEqual({ value: { email: "a@b.co", next: 1 } });
    expect(check.read(Buffer.from('{"email":"a@b.co","next":"1"}'))).toMatchObject({
      reason: "validation.request-invalid",
      violations: [{ in: "body", at: "/next", message: "next must be an integer" }],
    });
    expect(check.read(Buffer.from('{"email":1,"email":"a@b.co"}'))).toMatchObject({
      reason: "validation.body-malformed",
    });
    expect(check.judge({ email: "a@b.co" })).toBeUndefined();
    expect(check.judge({})).toMatchObject({ violations: [{ at: "/email", message: "email is required" }] });
  });

  it("refuses a schema that cannot be enforced", () => {
    expect(() => bodyCheck({ pattern: "(?=a)" })).toThrow(ProblemsError);
  });
});

describe("what no document lists", () => {
  it("denies, and lists the methods that there are", () => {
    const exchange = exchangeOf({});
    exchange.allow = "GET, HEAD";
    expect(operationUndeclaredGuard("enforce").check(exchange)).toMatchObject({
      reason: "validation.operation-undeclared",
    });
    expect(methodUndeclaredGuard("monitor").check(exchange)).toMatchObject({
      reason: "validation.method-undeclared",
      lines: ["Allow", "GET, HEAD"],
    });
  });
});
