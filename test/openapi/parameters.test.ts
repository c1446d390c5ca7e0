// Parameters and servers of operations: merged, defaulted, and what is wrong with them.
import { describe, expect, it } from "vitest";
import { ProblemsError } from "../../src/openapi/located.ts";
import type { Operation } from "../../src/openapi/operation.ts";
import { routesOf } from "../../src/openapi/operations.ts";
import { describeObject, ok, only } from "./memory-files.ts";

describe("parameters", () => {
  const parametersOf = (own: object[], path: object[] = []): Operation["parameters"] =>
    only({ "/a": { parameters: path, get: { ...ok, parameters: own } } }).parameters;

  it("have their defaults by place", () => {
    const list = ["query", "header", "cookie"].map((place) => ({ name: "A", in: place, schema: {} }));
    expect(
      parametersOf(list).map(({ name, in: place, style, explode, required }) => [
        place,
        name,
        style,
        explode,
        required,
      ]),
    ).toEqual([
      ["query", "A", "form", true, false],
      ["header", "a", "simple", false, false],
      ["cookie", "A", "form", true, false],
    ]);
    expect(parametersOf([{ name: "a", in: "query", style: "pipeDelimited", schema: {} }])[0]?.explode).toBe(false);
  });

  it("of the operation win over those of its path", () => {
    const path = [
      { name: "a", in: "query", required: true, schema: {} },
      { name: "b", in: "query", schema: {} },
    ];
    const merged = parametersOf(
      [
        { name: "a", in: "query", schema: {} },
        { name: "a", in: "header", schema: {} },
      ],
      path,
    );
    expect(merged.map(({ name, in: place, required }) => `${place} ${name} ${required}`)).toEqual([
      "query a false",
      "query b false",
      "header a false",
    ]);
  });

  it("do not describe Accept, Content-Type and Authorization", () => {
    const headers = ["Accept", "content-type", "AUTHORIZATION", "X-A"].map((name) => ({
      name,
      in: "header",
      schema: {},
    }));
    expect(parametersOf(headers).map(({ name }) => name)).toEqual(["x-a"]);
  });

  it.each([
    [[{ name: "a", in: "body", schema: {} }]],
    [[{ name: "a", in: "query", style: "matrix", schema: {} }]],
    [[{ name: "a", in: "query" }]],
    [[{ name: "a", in: "query", schema: {}, content: { "text/plain": {} } }]],
    [
      [
        { name: "a", in: "query", schema: {} },
        { name: "a", in: "query", schema: {} },
      ],
    ],
    [[{ in: "query", schema: {} }]],
    [[{ name: "a", in: "query", reqiured: true, schema: {} }]],
    [[{ name: "a", in: "query", required: "yes", schema: {} }]],
  ])("%j is refused", (list) => expect(() => parametersOf(list)).toThrow(ProblemsError));

  it("by content carry its schema", () => {
    const [parameter] = parametersOf([
      { name: "a", in: "query", content: { "Application/JSON": { schema: { type: "object" } } } },
    ]);
    expect([parameter?.schema, parameter?.content?.name, parameter?.content?.schema?.value]).toEqual([
      undefined,
      "application/json",
      { type: "object" },
    ]);
  });
});

describe("servers", () => {
  const templatesOf = (servers: object[] | undefined, path?: object[], own?: object[]): readonly string[] =>
    only(
      {
        "/a": {
          ...(path === undefined ? {} : { servers: path }),
          get: { ...ok, ...(own === undefined ? {} : { servers: own }) },
        },
      },
      servers === undefined ? {} : { servers },
    ).templates;

  it.each([
    ["https://example.com", "/a"],
    ["https://example.com/", "/a"],
    ["https://example.com:8443/v1/", "/v1/a"],
    ["//example.com/v1", "/v1/a"],
    ["/v1/b", "/v1/b/a"],
    ["v1", "/v1/a"],
    ["./v1", "/v1/a"],
    ["/", "/a"],
    [".", "/a"],
  ])("%s puts it under %s", (url, template) => expect(templatesOf([{ url }])).toEqual([template]));

  it("may be several, and the nearest count", () => {
    const root = [{ url: "https://a.example/v1" }, { url: "https://b.example/v1" }, { url: "/v2" }];
    expect(templatesOf(root)).toEqual(["/v1/a", "/v2/a"]);
    expect(templatesOf(root, [{ url: "/p" }])).toEqual(["/p/a"]);
    expect(templatesOf(root, [{ url: "/p" }], [{ url: "/o" }])).toEqual(["/o/a"]);
    expect(templatesOf(root, [])).toEqual(["/v1/a", "/v2/a"]);
    expect(templatesOf(undefined)).toEqual(["/a"]);
  });

  it("take each value of a variable", () => {
    const variables = {
      scheme: { default: "https" },
      v: { default: "v1", enum: ["v1", "v2"] },
      base: { default: "api" },
    };
    expect(templatesOf([{ url: "{scheme}://example.com/{base}/{v}", variables }])).toEqual(["/api/v1/a", "/api/v2/a"]);
    const hosts = { h: { default: "h0", enum: Array.from({ length: 400 }, (_, i) => `h${i}`) } };
    expect(templatesOf([{ url: "https://{h}.example.com/v1", variables: hosts }])).toEqual(["/v1/a"]);
    const whole = { s: { default: "https://example.com/x" } };
    expect(templatesOf([{ url: "{s}/v1", variables: whole }])).toEqual(["/x/v1/a"]);
  });

  it.each([
    { url: "https://example.com/v1?x=1" },
    { url: "/../v1" },
    { url: "https://example.com//v1" },
    { url: "https://example.com/{v}" },
    { url: "https://example.com/{v}", variables: { v: { default: 1 } } },
    { url: "https://example.com/{v}", variables: { v: { default: "a?b" } } },
    {},
  ])("%j is refused", (server) => expect(() => templatesOf([server])).toThrow(ProblemsError));

  it("make routes of all base paths, and ambiguous ones across them are found", () => {
    const { operations } = describeObject({ "/a": { get: ok } }, { servers: [{ url: "/v1" }, { url: "/v2" }] });
    expect(routesOf(operations).map(({ template }) => template)).toEqual(["/v1/a", "/v2/a"]);
    const paths = { "/a": { get: ok }, "/v1/a": { get: { ...ok, servers: [{ url: "/" }] } } };
    expect(() => describeObject(paths, { servers: [{ url: "/v1" }] })).toThrow("means the same requests");
  });
});
