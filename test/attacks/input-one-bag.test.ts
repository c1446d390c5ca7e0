// Names that were declared for one place and come in another (G06): for APIs that read path, query and body as one; then refused.
import querystring from "node:querystring";
import { describe, expect, it } from "vitest";
import { documentOf, inputBench } from "./input.ts";

const LIMIT = { name: "limit", in: "query", schema: { type: "integer", maximum: 100 } };
const PAGE = {
  name: "page",
  in: "query",
  explode: true,
  schema: { type: "object", properties: { size: { type: "integer" } } },
};
const ID = { name: "id", in: "path", required: true, schema: { type: "integer" } };
const USER = { type: "object", properties: { role: { type: "string", enum: ["user"] }, name: { type: "string" } } };
const OPEN = { ...USER, additionalProperties: { type: "string" } };
const FORM = "application/x-www-form-urlencoded";
const taking = (type: string, schema: object | undefined) => ({
  put: {
    parameters: [ID, LIMIT, PAGE],
    requestBody: { content: { [type]: schema === undefined ? {} : { schema } } },
    responses: { default: { description: "any" } },
  },
});

const { refuses, passes } = inputBench(
  documentOf({
    "/form/{id}": taking(FORM, USER),
    "/posts": { get: { parameters: [LIMIT], responses: { default: { description: "any" } } } },
    "/routes": {
      get: {
        parameters: [{ name: "rest_route", in: "query", schema: { type: "string" } }],
        responses: { default: { description: "any" } },
      },
    },
    "/open/{id}": taking(FORM, OPEN),
    "/bare/{id}": taking(FORM, undefined),
    "/parts/{id}": taking("multipart/form-data", USER),
    "/bare-parts/{id}": taking("multipart/form-data", undefined),
    "/json/{id}": taking("application/json", USER),
    "/open-json/{id}": taking("application/json", OPEN),
  }),
);

interface Sent {
  readonly path: string;
  readonly query: string;
  readonly body: string;
}

type Bag = Record<string, string | string[] | undefined>;

/** The one bag of each, where a name comes once. Seen with the real ones. */
const readers = {
  /** `getParameter` of servlets (Tomcat), `$_GET` and `$_POST` as `$_REQUEST`, `values` of Flask: what a form lacks is in the query. */
  servlet: ({ query, body }: Sent): Bag => ({ ...querystring.parse(body), ...querystring.parse(query) }),
  /** `FormValue` of Go, also of a form in parts: the body first. */
  go: ({ query, body }: Sent): Bag => ({ ...querystring.parse(query), ...querystring.parse(body), ...partsOf(body) }),
  /** `params` of Rails: a JSON body's members, where the query has them not. */
  rails: ({ query, body }: Sent): Bag => ({ ...(JSON.parse(body) as Bag), ...querystring.parse(query) }),
  /** `Bind` of Echo, with `param` and `query` on one field: the query over the path. */
  echo: ({ path, query }: Sent): Bag => ({ id: path.split("/").at(-1), ...querystring.parse(query) }),
};

function partsOf(body: string): Bag {
  return Object.fromEntries(
    [...body.matchAll(/name="(\w+)"\r\n\r\n(.*)\r\n/g)].map(([, name, value]) => [name, value]),
  );
}

const parts = (name: string, value: string) =>
  `--XX\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n--XX--\r\n`;
const TYPES = { form: FORM, open: FORM, bare: FORM, json: "application/json", "open-json": "application/json" };

function attempt({ path, query, body }: Sent) {
  const kind = path.split("/")[1] as keyof typeof TYPES;
  const type = TYPES[kind] ?? "multipart/form-data; boundary=XX";
  return {
    method: "PUT",
    target: query === "" ? path : `${path}?${query}`,
    fields: { "Content-Type": type, "Content-Length": String(Buffer.byteLength(body)) },
    body,
  };
}

describe("names by which an API takes another path", () => {
  /** WordPress (`rest_route`) and Phalcon (`_url`) after the usual rewrite: what the client names wins over the path. */
  const pathOf = (name: string, target: string): string => {
    const [path = "", query = ""] = target.split("?");
    return phpQuery(query)[name] ?? path;
  };
  const phpQuery = (query: string): Record<string, string> =>
    Object.fromEntries(
      [...new URLSearchParams(query)].map(([key, value]) => [key.trimStart().replaceAll(/[ .]/g, "_"), value]),
    );

  it.each([
    ["rest_route", "/posts?rest_route=/users"],
    ["rest_route", "/posts?limit=5&rest.route=/users"],
    ["rest_route", "/posts?+rest+route=/users"],
    ["_url", "/posts?_url=/users"],
    ["_url", "/posts?.url=/users"],
  ])("G08 %s in %s", async (name, target) => {
    expect(pathOf(name, target)).toBe("/users");
    await refuses({ method: "GET", target }, { status: 400, says: "it asks for another path" });
  });

  it("G08 rest_route in a form", () =>
    refuses(attempt({ path: "/form/7", query: "", body: "rest_route=/users" }), {
      status: 400,
      says: "it asks for another path",
    }));

  it.each(["/posts?url=/users", "/posts?route=/users", "/routes?rest_route=/users"])("passes: %s", (target) =>
    passes({ method: "GET", target }),
  );
});

describe("names that were declared for another place", () => {
  it.each<[string, Sent, keyof typeof readers, Bag, string]>([
    [
      "a field of a form in the query",
      { path: "/form/7", query: "role=admin", body: "name=x" },
      "servlet",
      { role: "admin" },
      "role in the body",
    ],
    [
      "the same for Go",
      { path: "/form/7", query: "role=admin", body: "name=x" },
      "go",
      { role: "admin" },
      "role in the body",
    ],
    [
      "in another spelling",
      { path: "/form/7", query: "role%5B%5D=admin", body: "" },
      "go",
      { "role[]": "admin" },
      "role in the body",
    ],
    [
      "a field of parts in the query",
      { path: "/parts/7", query: "role=admin", body: parts("name", "x") },
      "go",
      { role: "admin" },
      "role in the body",
    ],
    [
      "a member of JSON in the query",
      { path: "/json/7", query: "role=admin", body: "{}" },
      "rails",
      { role: "admin" },
      "role in the body",
    ],
    ["the path's in the query", { path: "/json/7", query: "id=8", body: "{}" }, "echo", { id: "8" }, "id in the path"],
    [
      "the query's in a form",
      { path: "/form/7", query: "limit=5", body: "limit=9999" },
      "go",
      { limit: "9999" },
      "limit in the query",
    ],
    [
      "a member of one in the query, in a form",
      { path: "/form/7", query: "", body: "size=x" },
      "go",
      { size: "x" },
      "size in the query",
    ],
    [
      "the query's in a form without a schema",
      { path: "/bare/7", query: "", body: "limit=9999" },
      "go",
      { limit: "9999" },
      "limit in the query",
    ],
    ["the path's in a form", { path: "/form/7", query: "", body: "id=8" }, "go", { id: "8" }, "id in the path"],
    [
      "the query's in parts",
      { path: "/parts/7", query: "limit=5", body: parts("limit", "9999") },
      "go",
      { limit: "9999" },
      "limit in the query",
    ],
    [
      "the query's in parts without a schema",
      { path: "/bare-parts/7", query: "", body: parts("limit", "9999") },
      "go",
      { limit: "9999" },
      "limit in the query",
    ],
    [
      "the query's in JSON",
      { path: "/json/7", query: "", body: '{"limit":"9999"}' },
      "rails",
      { limit: "9999" },
      "limit in the query",
    ],
  ])("G06 %s", async (_title, sent, reader, expected, says) => {
    expect(readers[reader](sent)).toMatchObject(expected);
    await refuses(attempt(sent), { status: 400, says: `could be taken for ${says}` });
  });

  it.each<[string, Sent]>([
    ["what no place declares", { path: "/form/7", query: "x=1", body: "y=2" }],
    ["what each place declares", { path: "/form/7", query: "limit=5&size=2", body: "role=user" }],
    [
      "the path's id again in JSON, as clients that change what they read send it",
      { path: "/json/7", query: "", body: '{"id":7,"name":"x"}' },
    ],
    ["members of members", { path: "/json/7", query: "", body: '{"x":{"limit":9999}}' }],
    ["other fields where the schema describes them", { path: "/open/7", query: "", body: "limit=many" }],
    ["other members where the schema describes them", { path: "/open-json/7", query: "", body: '{"limit":"many"}' }],
  ])("passes: %s", (_title, sent) => passes(attempt(sent)));
});
