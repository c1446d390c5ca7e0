// Requests that a run makes: the gate takes each of them, styles and bodies come out as they were meant.
import { describe, expect, it } from "vitest";
import type { Subject } from "../../../src/security-testing/dynamic/subject.ts";
import { jsonOf, type Reply } from "../../../src/security-testing/dynamic/wire.ts";
import { tiny, type TinyOptions } from "./tiny.ts";
import type { Routes } from "./tiny-api.ts";

const ECHO: Routes = {
  "*": ({ request, text }) => ({
    body: {
      url: request.url,
      cookie: request.headers.cookie,
      x: request.headers["x-list"],
      type: request.headers["content-type"],
      text,
    },
  }),
};
const PUBLIC = `openapi: 3.1.0\ninfo: { title: T, version: "1" }\nsecurity: []\n`;

/** Everything is judged by the gate, and what reaches the API is shown. */
const behind = (paths: string, head = PUBLIC): TinyOptions => ({
  document: `${head}paths:\n${paths}`,
  api: ECHO,
  layer: "gate",
  configuration: "validation: { requests: enforce, unknownParameters: enforce }\n",
});

describe("parameters", () => {
  const one = (at: string, schema: string, more = "") => `
  ${at.startsWith("path") ? "/x/{p}" : "/x"}:
    get:
      operationId: get
      parameters:
        - { name: ${at === "header" ? "X-List" : "p"}, in: ${at}, required: true, schema: ${schema}${more} }
      responses: { "200": { description: All. } }
`;
  const LIST = "{ type: array, minItems: 2, maxItems: 2, items: { type: integer, const: 7 } }";
  const OBJECT =
    "{ type: object, additionalProperties: false, required: [r, g], properties: { r: { const: 1 }, g: { const: 2 } } }";
  it.each([
    ["path", LIST, "", "/x/7,7"],
    ["path", LIST, ", style: label", "/x/.7,7"],
    ["path", LIST, ", style: label, explode: true", "/x/.7.7"],
    ["path", LIST, ", style: matrix", "/x/;p=7,7"],
    ["path", LIST, ", style: matrix, explode: true", "/x/;p=7;p=7"],
    ["path", OBJECT, "", "/x/r,1,g,2"],
    ["path", OBJECT, ", explode: true", "/x/r=1,g=2"],
    ["path", OBJECT, ", style: matrix, explode: true", "/x/;r=1;g=2"],
    ["query", LIST, "", "/x?p=7&p=7"],
    ["query", LIST, ", explode: false", "/x?p=7,7"],
    ["query", LIST, ", style: spaceDelimited, explode: false", "/x?p=7%207"],
    ["query", LIST, ", style: pipeDelimited, explode: false", "/x?p=7%7C7"],
    ["query", OBJECT, "", "/x?r=1&g=2"],
    ["query", OBJECT, ", style: deepObject", "/x?p%5Br%5D=1&p%5Bg%5D=2"],
    ["query", "{ type: string, const: 'a&b=ü/+' }", "", "/x?p=a%26b%3D%C3%BC%2F%2B"],
  ])("in %s of %s%s are written as %s", async (at, schema, more, url) => {
    expect(await echoed(behind(one(at, schema, more)))).toMatchObject({ url });
  });

  it("in header and cookie are written as their styles say", async () => {
    expect(await echoed(behind(one("header", LIST)))).toMatchObject({ x: "7,7" });
    expect(await echoed(behind(one("cookie", "{ type: string, const: a b }")))).toMatchObject({ cookie: "p=a%20b" });
  });

  it("described by content are JSON", async () => {
    const content = `
  /x:
    get:
      operationId: get
      parameters:
        - { name: p, in: query, required: true, content: { application/json: { schema: { type: object, required: [a], properties: { a: { const: 1 } } } } } }
      responses: { "200": { description: All. } }
`;
    expect(await echoed(behind(content))).toMatchObject({ url: "/x?p=%7B%22a%22%3A1%7D" });
  });
});

describe("schemas", () => {
  const body = (schema: string, type = "application/json", more = "") => `
  /x:
    post:
      operationId: post
      requestBody: { required: true, content: { ${type}: { schema: ${schema}${more} } } }
      responses: { "200": { description: All. } }
`;
  it.each([
    "{ type: string, minLength: 30, maxLength: 31 }",
    "{ type: string, pattern: '^[A-Z]{3}-[0-9]{3}$' }",
    "{ type: string, pattern: '^\\\\p{Lu}[\\\\p{L} ]{2,5}$' }",
    "{ type: string, format: email }",
    "{ type: string, format: uuid }",
    "{ type: string, format: date-time }",
    "{ type: string, format: uri, maxLength: 60 }",
    "{ type: string, format: ipv6 }",
    "{ type: integer, exclusiveMinimum: 5, maximum: 6 }",
    "{ type: number, minimum: 1.5, maximum: 2, multipleOf: 0.25 }",
    "{ type: integer, minimum: -5, maximum: -1, multipleOf: 3 }",
    "{ type: [string, 'null'], enum: [null] }",
    "{ type: array, minItems: 3, uniqueItems: true, items: { type: string, format: uuid } }",
    "{ type: array, prefixItems: [{ const: a }, { type: integer }], items: false, minItems: 2 }",
    "{ type: object, required: [a], additionalProperties: false, properties: { a: { type: string }, b: { type: string } } }",
    "{ type: object, minProperties: 2, additionalProperties: { type: integer } }",
    "{ allOf: [{ type: object, required: [a], properties: { a: { type: integer, minimum: 3 } } }, { required: [b], properties: { b: { const: x } } }] }",
    "{ oneOf: [{ type: object, required: [kind], properties: { kind: { const: cat } } }, { type: object, required: [kind, bark], properties: { kind: { const: dog } } }] }",
    "{ anyOf: [{ type: string, not: {} }, { type: integer }] }",
    "{ type: object, required: [id, a], properties: { id: { type: integer, readOnly: true }, a: { type: boolean } } }",
    "{ type: object, properties: { pin: { type: string, writeOnly: true, pattern: '^[0-9]{4}$' } } }",
    "{ type: object, example: { any: thing } }",
    "{ type: object, required: [child], properties: { child: { type: object, required: [list], properties: { list: { type: array, minItems: 1, items: { type: object, required: [n], properties: { n: { type: integer } } } } } } } }",
  ])("%s has a value that the gate takes", async (schema) => {
    for (const seed of ["1", "2", "3"]) expect(await echoed({ ...behind(body(schema)), seed })).toHaveProperty("text");
  });

  it("of 3.0 have values as well", async () => {
    const head = `openapi: 3.0.3\ninfo: { title: T, version: "1" }\nsecurity: []\n`;
    const schema =
      "{ type: object, required: [a, b], properties: { a: { type: string, nullable: true }, b: { type: integer, minimum: 3, exclusiveMinimum: true, maximum: 4 } } }";
    expect(JSON.parse((await echoed(behind(body(schema), head))).text)).toMatchObject({ b: 4 });
  });

  it("that refer to themselves come to an end", async () => {
    const node = `
  /x:
    post:
      operationId: post
      requestBody: { required: true, content: { application/json: { schema: { $ref: "#/components/schemas/Node" } } } }
      responses: { "200": { description: All. } }
components:
  schemas:
    Node: { type: object, required: [name], properties: { name: { type: string }, next: { $ref: "#/components/schemas/Node" } } }
`;
    expect(JSON.parse((await echoed(behind(node))).text)).toHaveProperty("name");
  });

  it("give their examples before anything is made", async () => {
    const more = ", examples: { first: { value: { a: from the media type } } }";
    const schema = "{ type: object, required: [a], properties: { a: { type: string, examples: [from the schema] } } }";
    expect((await echoed(behind(body(schema)))).text).toBe('{"a":"from the schema"}');
    expect((await echoed(behind(body(schema, "application/json", more)))).text).toBe('{"a":"from the media type"}');
  });

  it("that nothing fits leave a request unmade", async () => {
    const context = await tiny(behind(body("{ type: string, minLength: 3, maxLength: 2 }")));
    const subject = context.subjects[0] as Subject;
    expect(await context.requests.prepare(subject, context.callers.nobody)).toEqual({
      why: "no body of post fits its schema",
    });
  });

  it.each([
    [
      "application/x-www-form-urlencoded",
      "{ type: object, required: [a, l], properties: { a: { const: x y }, l: { type: array, minItems: 2, maxItems: 2, items: { const: 1 } } } }",
      "a=x%20y&l=1&l=1",
    ],
    ["text/plain", "{ type: string, const: as it is }", "as it is"],
    ["application/json", "{ type: string, const: in quotes }", '"in quotes"'],
  ])("are written as %s", async (type, schema, text) => {
    expect(await echoed(behind(body(schema, type)))).toMatchObject({ type, text });
  });

  it("are written as multipart/form-data", async () => {
    const schema =
      "{ type: object, required: [a, file, more], properties: { a: { const: x }, file: { type: string, format: binary }, more: { type: object, required: [n], properties: { n: { const: 1 } } } } }";
    const { text } = await echoed(behind(body(schema, "multipart/form-data")));
    expect(text).toContain('name="a"\r\n\r\nx\r\n');
    expect(text).toContain('name="file"; filename="test.txt"');
    expect(text).toContain('application/json\r\n\r\n{"n":1}');
  });

  it("give the same values with the same seed, and others with another", async () => {
    const options = behind(body("{ type: object, required: [a], properties: { a: { type: string, format: uuid } } }"));
    const texts = [];
    for (const seed of ["1", "1", "2"]) texts.push((await echoed({ ...options, seed })).text);
    expect(texts[0]).toBe(texts[1]);
    expect(texts[0]).not.toBe(texts[2]);
  });
});

interface Echo {
  readonly url: string;
  readonly text: string;
}

/** What the API got behind the gate, which has judged it. */
async function echoed(options: TinyOptions): Promise<Echo> {
  const context = await tiny(options);
  const subject = context.subjects[0] as Subject;
  const made = await context.requests.prepare(subject, context.callers.nobody);
  const values = "why" in made ? context.requests.invent(subject) : made;
  if ("why" in values) throw new Error(values.why);
  const { reply } = await context.client.send(context.requests.wire(subject, values, context.callers.nobody));
  expect([reply?.status, reply?.from, reply?.from === "api" ? "" : reply?.body.toString()]).toEqual([200, "api", ""]);
  return jsonOf(reply as Reply) as Echo;
}
