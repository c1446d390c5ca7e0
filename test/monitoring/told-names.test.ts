// Guards records against data in the place of a name: addresses, ids and tokens that a client sends as names are told as `*`.
import { describe, expect, it } from "vitest";
import { deny, type Violation } from "../../src/core/outcome.ts";
import { toldViolation } from "../../src/monitoring/told-violation.ts";
import { exchangeOf } from "./exchanges.ts";
import { record } from "./record.ts";

const told = (at: string, message: string) => {
  const { at: place, message: sentence } = toldViolation({ in: "body", at, message });
  return [place, sentence];
};

describe("violations in a record", () => {
  it("have no name that is data, whether refused or only noted, nor has what a terminal shows", () => {
    const violations: Violation[] = [
      { in: "query", at: "carol@example.com", message: "carol@example.com is not allowed" },
      { in: "body", at: "/debug", message: "debug is not allowed" },
    ];
    const refused = exchangeOf();
    refused.denial = deny("validation.request-invalid", { violations });
    const noted = exchangeOf();
    noted.note({ guard: "g", kind: "would-deny", denial: deny("validation.request-invalid", { violations }) });
    const expected = [
      { in: "query", at: "*", message: "* is not allowed" },
      { in: "body", at: "/debug", message: "debug is not allowed" },
    ];
    expect(record(refused).event.portcullis.violations).toEqual(expected);
    expect(record(noted).event.portcullis.notes?.[0]?.violations).toEqual(expected);
    for (const exchange of [refused, noted]) {
      const { line, text, coloured } = record(exchange);
      expect(line + text + coloured).not.toContain("carol");
      expect(text).toContain("* is not allowed (+1)");
    }
    // The client's own answer is made of these.
    expect(violations[0]?.message).toBe("carol@example.com is not allowed");
  });

  it("keep names of the API, and the items of a list", () => {
    for (const at of ["", "limit", "page[size]", "X-Request-Id", "/lines/12/sku", "filter/price", "/a~1b", "Cookie"]) {
      const violation: Violation = { in: "body", at, message: "it is required" };
      expect(toldViolation(violation)).toBe(violation);
    }
  });

  it("tell the rest of a place and of its sentence", () => {
    expect(told("/users/ann@example.com/age", "age must be an integer")).toEqual([
      "/users/*/age",
      "age must be an integer",
    ]);
    expect(told("/ann@example.com/3", "ann@example.com[3] must be a string")).toEqual([
      "/*/3",
      "*[3] must be a string",
    ]);
    expect(told("/lines/491711234567", "lines[491711234567] must be a string")).toEqual([
      "/lines/*",
      "lines[*] must be a string",
    ]);
    expect(told("/a~1b@c", "a/b@c is not allowed")).toEqual(["/*", "* is not allowed"]);
    expect(told("ann@example.com/x", "ann@example.com/x is not allowed")).toEqual(["*/x", "*/x is not allowed"]);
  });

  it.each(["Alice Smith", "correct horse battery", "Zoë\u00a0Ortiz", "a\u2003b", "tab\there", "line\nhere"])(
    "tell no name of people and no sentence in the place of a name: %j",
    (name) => {
      expect(told(`/children/${name}/age`, "age must be an integer")).toEqual([
        "/children/*/age",
        "age must be an integer",
      ]);
      expect(told(`/children/${name}`, `${name} is not allowed`)).toEqual(["/children/*", "* is not allowed"]);
      expect(told(name, `${name} is not allowed`)).toEqual(["*", "* is not allowed"]);
    },
  );

  it("tell nothing of a sentence whose name is written otherwise than its place", () => {
    expect(told("/ann@exa…", "ann@example.com is not allowed")).toEqual(["/*", "* does not fit"]);
  });
});
