// I15 in a cookie: Rack decodes its values as those of a form, where `+` is a blank.
import { describe, expect, it } from "vitest";
import { documentOf, inputBench } from "./input.ts";

const parameters = [{ name: "note", in: "cookie", schema: { type: "string" } }];
const { refuses, passes } = inputBench(
  documentOf({ "/": { get: { operationId: "read", parameters, responses: { default: { description: "any" } } } } }),
  { injection: "enforce" },
);

const get = (note: string) => ({ method: "GET", target: "/", fields: { cookie: `note=${note}` } });

/** As `Rack::Utils.parse_cookies_header` does. */
const rack = (value: string) => decodeURIComponent(value.replaceAll("+", " "));

describe("I15 a cookie with + for blanks", () => {
  it.each([
    ["1'+OR+'1'='1", "1' OR '1'='1"],
    ["%27+UNION+SELECT+note+FROM+users--", "' UNION SELECT note FROM users--"],
    ["<img+src=x+onerror=alert(1)>", "<img src=x onerror=alert(1)>"],
  ])("I15 %s is an injection to Rack, and refused", async (value, read) => {
    expect(rack(value)).toBe(read);
    await refuses(get(value), { status: 400, reason: "validation.injection-detected", says: "note" });
  });

  it.each(["aGVsbG8+d29ybGQ/Zm9v", "salt+and+pepper", "1+1"])("I15 %s passes", async (value) => {
    await passes(get(value));
  });
});
