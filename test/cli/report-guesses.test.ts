// Guards what a report guesses: templates of paths, names of parameters, schemas, and what is noise.
import { describe, expect, it } from "vitest";
import { noiseOf } from "../../src/cli/report/noise.ts";
import { PathGuesser } from "../../src/cli/report/path-guess.ts";
import { guessParameter, guessSchema, outermost } from "../../src/cli/report/schema-guess.ts";
import { belowBase, named } from "../../src/cli/report/templates.ts";
import type { JsonType } from "../../src/core/undeclared.ts";

describe("templates", () => {
  const guesser = new PathGuesser();
  guesser.declare("/orders/{id}/lines/{no}", new Set(["id"]));
  guesser.declare("/shelves/{slug}", new Set());

  it.each([
    ["/customers/42", "/customers/{}"],
    ["/customers/42/orders/7", "/customers/{}/orders/{}"],
    ["/files/0b8f9c2e-9c1e-4d21-8f44-0a1b2c3d4e5f", "/files/{}"],
    ["/files/01ARZ3NDEKTSV4RRFFQ69G5FAV", "/files/{}"],
    ["/files/507f1f77bcf86cd799439011", "/files/{}"],
    ["/files/deadbeef01", "/files/{}"],
    ["/invoices/INV-2026-17", "/invoices/{}"],
    ["/invoices/ord_1042", "/invoices/{}"],
    ["/days/2026-11-26", "/days/{}"],
    ["/users/[masked]/orders", "/users/{}/orders"],
    ["/keys/aZ19bQ77cW", "/keys/aZ19bQ77cW"],
    ["/keys/aZ19bQ77cW55", "/keys/{}"],
    ["/v1/things", "/v1/things"],
    ["/v2.1/things/3", "/v2.1/things/{}"],
    ["/facade/decade", "/facade/decade"],
    ["/oauth2/token", "/oauth2/token"],
    ["/", "/"],
    ["/a/", "/a/"],
    // What is declared counts more than what it looks like.
    ["/shelves/upper-left/books", "/shelves/{}/books"],
    ["/orders/search", "/orders/search"],
    ["/orders/7/lines/last/tax", "/orders/{}/lines/{}/tax"],
  ])("%s is %s", (path, template) => {
    expect(guesser.guess(path).template).toBe(template);
  });

  it("say what their values look like", () => {
    expect(guesser.guess("/a/1/007/0b8f9c2e-9c1e-4d21-8f44-0a1b2c3d4e5f/[masked]").types).toEqual([
      "integer",
      "string",
      "uuid",
      "string",
    ]);
  });

  it.each([
    ["/customers/{}", "/customers/{customerId}"],
    ["/categories/{}/addresses/{}", "/categories/{categoryId}/addresses/{addressId}"],
    ["/order-lines/{}/{}", "/order-lines/{orderLineId}/{id}"],
    ["/{}/{}", "/{id}/{id2}"],
    ["/status/{}/boxes/{}", "/status/{statusId}/boxes/{boxId}"],
    ["/orders/{}/notes/{}", "/orders/{number}/notes/{noteId}"],
  ])("%s gets the names %s", (template, expected) => {
    expect(named(template, ["/orders/{number}", "/orders/{number}/x"])).toBe(expected);
  });

  it("begin below the longest base path", () => {
    expect(belowBase("/v1/a", ["", "/v1"])).toBe("/a");
    expect(belowBase("/v1", ["/v1"])).toBe("/");
    expect(belowBase("/v10/a", ["/v1"])).toBeUndefined();
    expect(belowBase("/a", [""])).toBe("/a");
  });
});

describe("schemas", () => {
  const schema = (places: Readonly<Record<string, readonly JsonType[]>>, version: "3.0" | "3.1" = "3.1") =>
    guessSchema(new Map(Object.entries(places).map(([at, types]) => [at, new Set(types)])), "", version);

  it("have the types that were seen, and say nothing where there was more than one", () => {
    expect(schema({ "": ["string"] })).toEqual({ type: "string" });
    expect(schema({ "": ["integer", "number"] })).toEqual({ type: "number" });
    expect(schema({ "": ["string", "null"] })).toEqual({ type: ["string", "null"] });
    expect(schema({ "": ["string", "null"] }, "3.0")).toEqual({ type: "string", nullable: true });
    expect(schema({ "": ["null"] })).toEqual({});
    expect(schema({ "": ["string", "integer"] })).toEqual({});
    expect(schema({ "": ["object", "array"], "/a": ["string"] })).toEqual({});
    expect(schema({})).toEqual({});
  });

  it("nest as the places do; names that are data share one schema", () => {
    expect(
      schema({
        "": ["object"],
        "/rows": ["array"],
        "/rows/*": ["object"],
        "/rows/*/a~1b": ["boolean"],
        "/byId": ["object"],
        "/byId/*": ["number", "null"],
        "/empty": ["array"],
      }),
    ).toEqual({
      type: "object",
      properties: {
        rows: { type: "array", items: { type: "object", properties: { "a/b": { type: "boolean" } } } },
        byId: { type: "object", additionalProperties: { type: ["number", "null"] } },
        empty: { type: "array", items: {} },
      },
    });
  });

  it("of parameters are what their text can be", () => {
    const parameter = (...types: JsonType[]) => guessParameter(new Set(types));
    expect(parameter("integer")).toEqual({ type: "integer" });
    expect(parameter("integer", "number")).toEqual({ type: "number" });
    expect(parameter("integer", "boolean")).toEqual({ type: "string" });
    expect(parameter("array")).toEqual({ type: "array", items: { type: "string" } });
    expect(parameter("array", "integer")).toEqual({ type: "array", items: { type: "integer" } });
  });

  it("are made for the outermost places", () => {
    expect(outermost(["/a", "/a/b", "/ab", "/c/d", "/c/d/*"])).toEqual(["/a", "/ab", "/c/d"]);
  });
});

describe("noise", () => {
  const noise = (path: string, ...statuses: number[]) => noiseOf(path, new Map(statuses.map((status) => [status, 1])));

  it("is what scanners and browsers ask for, and what the API never found", () => {
    for (const path of ["/.env", "/a/.git/config", "/favicon.ico", "/.aws/credentials"]) {
      expect(noise(path, 200)).toBe("asked for by scanners and browsers");
    }
    for (const path of [
      "/wp-login.php",
      "/phpmyadmin/",
      "/cgi-bin/x",
      "/backup.sql",
      "/vendor/phpunit/x",
      "/actuator/env",
    ]) {
      expect(noise(path, 404)).toBe("asked for by scanners");
      expect(noise(path, 404, 302)).toBe("asked for by scanners");
    }
    expect(noise("/reports", 404)).toBe("never found by the API");
    expect(noise("/reports", 404, 405)).toBe("never found by the API");
    expect(noise("/reports", 500, 404)).toBe("never answered as if it were there");
    expect(noise("/reports", 400)).toBe("never answered as if it were there");
    expect(noise("/reports", 0)).toBe("never answered as if it were there");
  });

  it("is not what the API answers", () => {
    for (const status of [200, 204, 302, 401, 403, 409, 422, 429])
      expect(noise("/reports", 404, status)).toBeUndefined();
    expect(noise("/shop/index.php", 200)).toBeUndefined();
    expect(noise("/.well-known/security.txt", 200)).toBeUndefined();
    expect(noise("/vendors/7", 200)).toBeUndefined();
  });
});
