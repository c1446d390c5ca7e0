// Guards what a denial tells the client: its own mistakes in full, the API's only by their reason.
import { expect, it } from "vitest";
import { Exchange, type RequestHead } from "../../src/core/exchange.ts";
import { deny, type Violation } from "../../src/core/outcome.ts";
import { problemAnswer } from "../../src/node/problem-answer.ts";

const bodyFor = (...args: Parameters<typeof deny>) =>
  problemAnswer(new Exchange("id", {} as RequestHead, 0, 0), deny(...args)).body.toString();

it("names each place of a request", () => {
  const violations: Violation[] = [{ in: "body", at: "/password", message: "password must be at least 12 characters" }];
  expect(JSON.parse(bodyFor("validation.request-invalid", { violations }))).toMatchObject({ errors: violations });
});

it("R04 names no member of the API's own answer", () => {
  const violations: Violation[] = [{ in: "answer", at: "/internalRating", message: "internalRating must be a number" }];
  for (const reason of ["validation.response-invalid", "validation.response-undeclared"] as const) {
    const body = bodyFor(reason, { violations });
    expect(body).not.toContain("internalRating");
    expect(JSON.parse(body)).not.toHaveProperty("errors");
  }
});
