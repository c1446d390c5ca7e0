// Guards the parameters of a request: required, known, of their type; and what is only noted in monitor.
import { describe, expect, it } from "vitest";
import { schemasOf } from "./document.ts";
import { declare, judge } from "./exchanges.ts";
import { JSON_TYPE, registration, search } from "./operations.ts";

describe("parameters", () => {
  it("passes what fits", () => {
    const lines = ["X-Trace", "0a1b2c3d", "Cookie", "theme=dark; session=123e4567-e89b-12d3-a456-426614174000"];
    expect(
      judge(search, { path: ["7"], query: "limit=100&q=a%20b&filter=%7B%22a%22:1%7D", lines }).reason,
    ).toBeUndefined();
  });

  it("I10 I14 all places at once, each in a sentence", () => {
    const { reason, denial } = judge(search, {
      path: ["0"],
      query: "limit=101&q=&filter=%7B%22a%22:%22x%22%7D",
      lines: ["x-trace", "zz", "Cookie", "session=nope"],
    });
    expect(reason).toBe("validation.request-invalid");
    expect(denial?.violations).toEqual([
      { in: "path", at: "id", message: "id must be at least 1" },
      { in: "query", at: "limit", message: "limit must be at most 100" },
      { in: "query", at: "q", message: "q must not be empty" },
      { in: "query", at: "filter/a", message: "a must be an integer" },
      { in: "header", at: "x-trace", message: "x-trace must match ^[a-f0-9]{8}$" },
      { in: "cookie", at: "session", message: "session must be a UUID" },
    ]);
  });

  it("G06 missing, double, wrongly encoded, not JSON", () => {
    const messages = (query: string | undefined): readonly string[] =>
      judge(search, { path: ["1"], ...(query === undefined ? {} : { query }) }).messages;
    expect(messages(undefined)).toEqual(["q is required"]);
    expect(messages("q=a&q=b")).toEqual(["q must be given once"]);
    expect(messages("q=%ff")).toEqual(["q is not valid percent-encoded UTF-8"]);
    expect(messages("q=a&limit=1e1")).toEqual(["limit must be an integer"]);
    expect(messages("q=a&filter=%7B%22a%22:1,%22a%22:2%7D")).toEqual(["filter must be valid JSON"]);
    expect(judge(search, { path: ["1x"], query: "q=a" }).messages).toEqual(["id must be an integer"]);
    expect(judge(search, { path: ["%ff"], query: "q=a" }).messages).toEqual(["id is not valid percent-encoded UTF-8"]);
  });

  it("I11 undeclared query parameters are noted, or denied where the configuration says so", () => {
    const sent = { path: ["1"], query: "q=a&debug=secret-value&key=1" };
    const noted = judge(search, sent);
    expect(noted.reason).toBeUndefined();
    expect(noted.exchange.notes).toEqual([
      {
        guard: "validation.parameters",
        kind: "noticed",
        text: "undeclared query parameters: debug, key",
        undeclared: {
          in: "query",
          names: [
            { at: "debug", type: "string" },
            { at: "key", type: "integer" },
          ],
        },
      },
    ]);
    const denied = judge(search, sent, { unknownParameters: "deny", knownQueryParameters: ["key"] });
    expect(denied.messages).toEqual(["debug is not allowed"]);
    expect(denied.exchange.notes).toEqual([]);
    const watched = judge(search, sent, { unknownParameters: "deny", mode: "monitor" });
    expect(watched.exchange.notes.map(({ kind }) => kind)).toEqual(["noticed", "would-deny"]);
    expect(
      judge(search, { path: ["1"], query: "q=a&key=1" }, { unknownParameters: "deny", knownQueryParameters: ["key"] })
        .reason,
    ).toBeUndefined();
  });

  it("I11 note no name that is data; the client's answer names it", () => {
    const query = "q=a&debug=1&carol%40example.com=1&sk_live_4eC39HqLyjWDarjtT1zdp7dc=1";
    expect(judge(search, { path: ["1"], query }).exchange.notes[0]?.text).toBe("undeclared query parameters: debug, *");
    expect(judge(search, { path: ["1"], query }, { unknownParameters: "deny" }).messages).toContain(
      "carol@example.com is not allowed",
    );
  });

  it.each<[string, object, string]>([
    ["maximum", { type: "integer", format: "int64", maximum: 2 ** 53 }, "9007199254740993"],
    ["minimum", { type: "integer", format: "int64", minimum: 2 ** 53 + 4 }, "9007199254740995"],
    ["multipleOf", { type: "integer", format: "int64", multipleOf: 2 }, "9007199254740993"],
    ["enum", { type: "integer", format: "int64", enum: [2 ** 53] }, "9007199254740993"],
    ["const", { type: "integer", format: "uint64", const: 2 ** 53 }, "9007199254740993"],
    ["a bound in allOf", { allOf: [{ type: "integer", format: "int64" }, { maximum: 2 ** 53 }] }, "9007199254740993"],
    ["a number that rounds to an integer", { type: "number", multipleOf: 1 }, "1.9999999999999999"],
    ["a number that rounds to its bound", { type: "number", maximum: 2 }, "2.0000000000000001"],
  ])("I04 judges the number that goes on, not the double next to it: %s", (_, schema, text) => {
    const operation = declare({ parameters: [{ name: "n", in: "query", required: true, schema }] });
    // What a reader of doubles makes of it would do.
    expect(schemasOf({ Body: schema }).check("Body").fits(Number(text))).toBe(true);
    expect(judge(operation, { query: `n=${text}` }).reason).toBe("validation.request-invalid");
  });

  it.each<[object, string]>([
    [{ type: "integer", format: "int64", minimum: 1 }, "9007199254740993"],
    [{ type: "integer", format: "int64", minimum: 1, maximum: 2 ** 63 }, "9223372036854775807"],
    [{ type: "integer", format: "int64", maximum: -(2 ** 53) }, "-9007199254740993"],
    [{ type: "number", multipleOf: 0.5 }, "2.50000000000000000"],
    [{ type: "number" }, "0.30000000000000004"],
    [{ type: "number" }, "2.000"],
  ])("I04 passes a number as exact as it must be: %j", (schema, text) => {
    const operation = declare({ parameters: [{ name: "n", in: "query", required: true, schema }] });
    expect(judge(operation, { query: `n=${text}` }).messages).toEqual([]);
  });

  it("does not apply a schema to Authorization, Accept and Content-Type", () => {
    expect(judge(search, { path: ["1"], query: "q=a", lines: ["Authorization", "Bearer x"] }).reason).toBeUndefined();
  });
});

describe("monitor", () => {
  it("notes what it would have denied and lets it through", () => {
    const { reason, exchange } = judge(registration, { lines: JSON_TYPE, body: '{"email":1}' }, { mode: "monitor" });
    expect(reason).toBeUndefined();
    expect(exchange.notes).toHaveLength(1);
    expect(exchange.notes[0]).toMatchObject({ guard: "validation.body", kind: "would-deny" });
    expect(exchange.notes[0]?.denial?.violations?.map(({ message }) => message)).toEqual([
      "password is required",
      "email must be a string",
    ]);
  });

  it("I11 undeclared members are noted where the schema is silent", () => {
    const open = declare({
      requestBody: {
        content: {
          "application/json": {
            schema: { type: "object", properties: { a: { type: "object", properties: { b: {} } } } },
          },
        },
      },
    });
    const { reason, exchange } = judge(open, { lines: JSON_TYPE, body: '{"a":{"b":{"free":1},"c":2},"isAdmin":true}' });
    expect(reason).toBeUndefined();
    expect(exchange.notes).toEqual([
      {
        guard: "validation.body",
        kind: "noticed",
        text: "undeclared in the body: /a/c, /isAdmin",
        undeclared: {
          in: "body",
          media: "application/json",
          names: [
            { at: "/a/c", type: "integer" },
            { at: "/isAdmin", type: "boolean" },
          ],
        },
      },
    ]);
    const data = '{"a":{"ann@example.com":1},"ben@example.com":1,"4711":1,"isAdmin":1}';
    expect(judge(open, { lines: JSON_TYPE, body: data }).exchange.notes[0]?.text).toBe(
      "undeclared in the body: /*, /a/*, /isAdmin",
    );
  });
});
