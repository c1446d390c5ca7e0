// What a document says is read exactly, and what would weaken a gate is told with its line.
import { describe, expect, it } from "vitest";
import { DocumentSet } from "../../src/openapi/document.ts";
import { type Problem, ProblemsError } from "../../src/openapi/located.ts";
import type { Operation } from "../../src/openapi/operation.ts";
import { describeApi, routesOf } from "../../src/openapi/operations.ts";
import { briefly, describeObject, loadFrom, problemsOf } from "./memory-files.ts";

const ok = { responses: { "200": { description: "fine" } } };

function only(paths: object, rest: object = {}, openapi?: string): Operation {
  const { operations } = describeObject(paths, rest, openapi);
  expect(operations).toHaveLength(1);
  return operations[0] as Operation;
}

describe("operations", () => {
  it("have an id, a template, tags and their place", () => {
    const { operations, title } = describeObject({
      "/a/{x}": {
        parameters: [{ name: "x", in: "path", required: true, schema: {} }],
        get: { operationId: "getA", tags: ["t"], ...ok },
        delete: ok,
      },
    });
    expect(title).toBe("T");
    expect(operations.map(({ id, method, template, tags }) => [id, method, template, tags])).toEqual([
      ["getA", "GET", "/a/{x}", ["t"]],
      ["DELETE /a/{x}", "DELETE", "/a/{x}", []],
    ]);
    expect(operations[0]?.at.pointer).toBe("/paths/~1a~1{x}/get");
  });
  it("of 3.2 may be QUERY and any other method", () => {
    const item = { query: ok, additionalOperations: { COPY: ok, purge: ok } };
    expect(describeObject({ "/a": item }, {}, "3.2.0").operations.map(({ method }) => method)).toEqual([
      "QUERY",
      "COPY",
      "purge",
    ]);
    expect(() => describeObject({ "/a": { query: ok } }, {}, "3.1.0")).toThrow("3.2");
  });
  it("may be behind the $ref of their path, in another file", async () => {
    const set = await loadFrom({
      "api/openapi.yaml":
        "openapi: 3.1.0\ninfo: { title: T, version: '1' }\npaths:\n  /a: { $ref: a.yaml, get: { responses: {} } }\n",
      "api/a.yaml": "post:\n  secuirty: []\n  responses: {}\n",
    });
    expect(briefly(await problemsOf(() => describeApi(set)))).toEqual(["2:3 openapi.unknown-key"]);
  });
  it("keep a path's $ref from being two operations of one method", () => {
    const paths = { "/a": { $ref: "#/components/pathItems/A", get: ok } };
    const rest = { components: { pathItems: { A: { get: ok, put: ok } } } };
    expect(() => describeObject(paths, rest, "3.1.0")).toThrow("behind the path's $ref");
  });
  it("tell all mistakes at once, in order, with lines and remedies", async () => {
    const text = [
      "openapi: 3.1.0",
      "info: { title: T, version: '1' }",
      "security: [{ oauht: [] }]",
      "paths:",
      "  /a/{id}:",
      "    get: { operationId: x }",
      "  /a/{other}:",
      "    get:",
      "      operationId: x",
      "      secuirty: []",
      "      parameters: [{ name: other, in: path, required: true, schema: { $ref: '#/nowhere' } }]",
      "  b: {}",
      "components:",
      "  securitySchemes:",
      "    oauth: { type: oauth, flows: {} }",
      "    key: { type: apiKey, in: body, name: k }",
      "",
    ].join("\n");
    const set = await loadFrom({ "api/openapi.yaml": text });
    const problems = await problemsOf(() => describeApi(set));
    expect(briefly(problems)).toEqual([
      "3:14 openapi.security-unknown",
      "6:5 openapi.path-parameter-undeclared",
      "8:5 openapi.route-ambiguous",
      "9:7 openapi.operation-id-twice",
      "10:7 openapi.unknown-key",
      "11:71 openapi.reference-unresolved",
      "12:3 openapi.path-template",
      "15:14 openapi.security-scheme",
      "16:26 openapi.security-scheme",
    ]);
    const remedies = problems.map((problem) => problem.remedy);
    expect(remedies).toContain('Did you mean "security"?');
    expect(remedies).toContain('Did you mean "oauth2"?');
    expect(problems[3]?.message).toContain("openapi.yaml:6");
    expect(problems.every((problem) => problem.severity === "error" && problem.remedy !== undefined)).toBe(true);
  });
  it("are needed: a document without any stops the start", () => {
    expect(() => describeObject({})).toThrow("no operation");
  });
});

describe("security", () => {
  const components = {
    securitySchemes: {
      key: { type: "apiKey", in: "header", name: "X-Key" },
      oauth: {
        type: "oauth2",
        flows: { clientCredentials: { tokenUrl: "https://example.com/t", scopes: { read: "" } } },
      },
      web: { type: "http", scheme: "Bearer" },
    },
  };
  const securityOf = (operation: object, root?: object): unknown =>
    only({ "/a": { get: { ...ok, ...operation } } }, { components, ...(root === undefined ? {} : { security: root }) })
      .security;
  it("is the operation's, else the root's, else unsaid", () => {
    expect(securityOf({})).toBeUndefined();
    expect(securityOf({}, [{ key: [] }])).toEqual([[{ scheme: "key", scopes: [] }]]);
    expect(securityOf({ security: [] }, [{ key: [] }])).toEqual([]);
    expect(securityOf({ security: [{}, { key: [], oauth: ["read"] }, { web: [] }] })).toEqual([
      [],
      [
        { scheme: "key", scopes: [] },
        { scheme: "oauth", scopes: ["read"] },
      ],
      [{ scheme: "web", scopes: [] }],
    ]);
  });
  it("names the place that it comes from", () => {
    const get = (root: boolean): string | undefined =>
      only({ "/a": { get: { ...ok, ...(root ? {} : { security: [] }) } } }, { components, security: [{ key: [] }] })
        .securityAt?.pointer;
    expect([get(true), get(false)]).toEqual(["/security", "/paths/~1a/get/security"]);
  });
  it.each([[null], [{}], ["key"], [["key"]], [[null]], [[{ key: "read" }]], [[{ key: [1] }]], [[{ constructor: [] }]]])(
    "%j is refused, never read as open",
    (security) => expect(() => securityOf({ security })).toThrow(ProblemsError),
  );
  it("warns of a scope that the scheme does not list", () => {
    const { warnings } = describeObject({ "/a": { get: { ...ok, security: [{ oauth: ["raed"] }] } } }, { components });
    expect(warnings.map(({ rule, remedy }) => [rule, remedy])).toEqual([
      ["openapi.scope-unlisted", 'Did you mean "read"?'],
    ]);
  });
  it("schemes are read with what authenticators need", () => {
    const { schemes } = describeObject({ "/a": { get: ok } }, { components });
    expect([...schemes.values()]).toMatchObject([
      {
        name: "key",
        type: "apiKey",
        scheme: undefined,
        in: "header",
        parameterName: "X-Key",
        openIdConnectUrl: undefined,
      },
      {
        name: "oauth",
        type: "oauth2",
        scheme: undefined,
        in: undefined,
        parameterName: undefined,
        openIdConnectUrl: undefined,
      },
      {
        name: "web",
        type: "http",
        scheme: "bearer",
        in: undefined,
        parameterName: undefined,
        openIdConnectUrl: undefined,
      },
    ]);
  });
});

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

describe("bodies and responses", () => {
  it("keep media types, schemas unfollowed, and header fields", () => {
    const operation = only(
      {
        "/a": {
          post: {
            requestBody: {
              required: true,
              content: { "Application/JSON; v=1": { schema: { $ref: "#/components/schemas/A" } } },
            },
            responses: {
              "4xx": { $ref: "#/components/responses/Bad" },
              default: {
                description: "",
                headers: { "X-Left": { schema: { type: "integer" } }, "Content-Type": { schema: {} } },
              },
            },
          },
        },
      },
      {
        components: {
          schemas: { A: { type: "object" } },
          responses: { Bad: { description: "", content: { "text/*": {} } } },
        },
      },
      "3.1.0",
    );
    expect(operation.requestBody?.required).toBe(true);
    expect(operation.requestBody?.content[0]?.name).toBe("application/json; v=1");
    expect(operation.requestBody?.content[0]?.schema?.pointer).toBe(
      "/paths/~1a/post/requestBody/content/Application~1JSON; v=1/schema",
    );
    expect(
      operation.responses.map(({ status, content, headers }) => [
        status,
        content.map(({ name }) => name),
        [...headers.keys()],
      ]),
    ).toEqual([
      ["4XX", ["text/*"], []],
      ["default", [], ["x-left"]],
    ]);
  });
  it("with broken references deep in a schema stop the start, those in examples do not", () => {
    const body = (schema: object): object => ({
      "/a": { post: { ...ok, requestBody: { content: { "application/json": schema } } } },
    });
    const deep = {
      schema: { type: "object", properties: { a: { type: "array", items: { oneOf: [{ $ref: "#/nope" }] } } } },
    };
    expect(() => describeObject(body(deep))).toThrow("leads nowhere");
    const example = {
      schema: { type: "object", properties: { $ref: { type: "string" } } },
      example: { $ref: "#/nope" },
    };
    expect(() => describeObject(body(example))).not.toThrow();
  });
  it("judges the rest by OpenAPI's own schema: mistakes in texts warn, others stop", () => {
    const set = DocumentSet.fromObject({
      openapi: "3.1.0",
      info: { title: "T", version: "1", licence: {} },
      paths: { "/a": { get: ok } },
    });
    expect(describeApi(set).warnings.map(({ rule }) => rule)).toEqual(["openapi.structure"]);
    expect(() => describeObject({ "/a": { get: ok } }, { servres: [] }, "3.1.0")).toThrow(
      '"servres" is not known here',
    );
    expect(() => describeObject({ "/a": { get: ok } }, { servres: [] })).toThrow('"servres" is not known here');
    expect(() => describeObject({ "/a": { get: ok } }, { components: { securityScheme: {} } }, "3.2.0")).toThrow(
      "securityScheme",
    );
  });
});

describe("schemas of 3.0", () => {
  const described = (schema: object): readonly Problem[] =>
    describeObject({ "/a": { get: { ...ok, parameters: [{ name: "q", in: "query", schema }] } } }).warnings;
  it("warn of keywords that came later, stop for misspelled and wrong ones", async () => {
    expect(described({ type: "string", const: "a" }).map(({ message }) => message)).toEqual([
      '"const" is not known here',
    ]);
    expect(described({ type: "string", minLength: 1 })).toEqual([]);
    const remedy = async (schema: object): Promise<string | undefined> =>
      (await problemsOf(() => described(schema)))[0]?.remedy;
    expect(await remedy({ type: "object", requierd: ["a"] })).toBe('Did you mean "required"?');
    expect(await remedy({ type: "strng" })).toBe('Did you mean "string"?');
    expect(await problemsOf(() => described({ properties: { a: { items: { enum: "x" } } } }))).toHaveLength(1);
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
