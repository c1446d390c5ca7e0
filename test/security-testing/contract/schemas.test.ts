// Guards the contract rules about values and answers: each fires on what is wrong, and not on what is right.
import { describe, expect, it } from "vitest";
import { OAUTH } from "../../configuration/composing.ts";
import { ANSWERS, documentWith, judged, rulesOf, SECURED } from "./judging.ts";

const query = (name: string, schema: string) =>
  documentWith(`${SECURED}\n      parameters: [{ name: ${name}, in: query, schema: { ${schema} } }]\n      ${ANSWERS}`);
const body = (schema: string, version = "3.1.0") =>
  documentWith(
    `${SECURED}\n      requestBody: { content: { application/json: { schema: { ${schema} } } } }\n      ${ANSWERS}`,
    { version },
  );
const answer = (schema: string) =>
  documentWith(
    `${SECURED}\n      responses: { default: { description: all, content: { application/json: { schema: { ${schema} } } } } }`,
  );
const byId = (schema: string) =>
  documentWith(
    `${SECURED}\n      parameters: [{ name: id, in: path, required: true, schema: { ${schema} } }]\n      ${ANSWERS}`,
    {
      path: "/things/{id}",
    },
  );
const closed = (properties: string) => `type: object, additionalProperties: false, properties: { ${properties} }`;
const answers = (text: string, security = SECURED) =>
  documentWith(
    `${security}\n      parameters: [{ name: q, in: query, schema: { enum: [a] } }]\n      responses: { ${text} }`,
  );
const OK = '"200": { description: ok }';
const NO = (status: string, more = "") => `"${status}": { description: no${more} }`;
const NO_ROLE = `${OAUTH}validation: { responses: off }\n`;

const EXAMPLES: readonly (readonly [rule: string, wrong: string, right: string, configuration?: string])[] = [
  ["string-unbounded", query("q", "type: string"), query("q", "type: string, maxLength: 9")],
  ["string-unrestricted", query("q", "type: string, maxLength: 9"), query("q", "type: string, pattern: '^a{1,9}$'")],
  [
    "number-unbounded",
    query("n", "type: integer, minimum: 1"),
    query("n", "type: number, exclusiveMinimum: 1, maximum: 2"),
  ],
  ["integer-format-missing", query("n", "type: integer"), query("n", "type: integer, format: int32")],
  [
    "page-size-unbounded",
    query("limit", "type: integer, minimum: 1"),
    query("limit", "type: integer, minimum: 1, maximum: 100"),
  ],
  [
    "array-unbounded",
    body("type: array, items: { enum: [a] }"),
    body("type: array, maxItems: 9, items: { enum: [a] }"),
  ],
  ["object-open", body("type: object, properties: { a: { enum: [a] } }"), body(closed("a: { enum: [a] }"))],
  [
    "object-unbounded",
    body("type: object, additionalProperties: { enum: [a] }"),
    body("type: object, maxProperties: 9, additionalProperties: { enum: [a] }"),
  ],
  [
    "body-undescribed",
    documentWith(`${SECURED}\n      requestBody: { content: { application/json: {} } }\n      ${ANSWERS}`),
    body(closed("")),
  ],
  ["id-enumerable", byId("type: integer"), byId("type: string, format: uuid")],
  [
    "answer-exposes-secret",
    answer("type: object, properties: { password: { type: string } }"),
    answer("type: object, properties: { name: { type: string } }"),
  ],
  [
    "write-only-unguarded",
    answer("type: object, properties: { password: { type: string, writeOnly: true } }"),
    answer("type: object, properties: { name: { type: string } }"),
    NO_ROLE,
  ],
  ["answer-401-missing", answers(OK), answers(`${OK}, ${NO("401")}`)],
  ["answer-403-missing", answers(OK), answers(`${OK}, ${NO("403")}`)],
  ["answer-429-missing", answers(OK), answers(`${OK}, ${NO("429")}`)],
  ["answer-500-missing", answers(OK), answers(`${OK}, ${NO("5XX")}`)],
  ["answer-invalid-missing", answers(OK), answers(`${OK}, ${NO("422")}`)],
  [
    "retry-after-missing",
    answers(`${OK}, ${NO("429")}`),
    answers(`${OK}, ${NO("429", ", headers: { Retry-After: { schema: { type: integer } } }")}`),
  ],
  [
    "limit-fields-missing",
    answers(OK),
    answers('"200": { description: ok, headers: { RateLimit: { schema: { type: string } } } }'),
  ],
];

const CASES = EXAMPLES.map(([rule, wrong, right, configuration]) => ({ rule, wrong, right, configuration }));

describe("a rule of the contract", () => {
  it.each(CASES)("$rule fires where it should", async ({ rule, wrong, configuration }) => {
    expect(await rulesOf(wrong, configuration)).toContain(rule);
  });

  it.each(CASES)("$rule is silent where all is well", async ({ rule, right, configuration }) => {
    expect(await rulesOf(right, configuration)).not.toContain(rule);
  });
});

describe("a text has a bound", () => {
  it.each([
    "type: string, format: uuid",
    "type: string, format: date-time",
    "type: string, enum: [a, b]",
    "type: string, const: a",
    "type: string, pattern: '^[a-z]{2}-[0-9]{4}$'",
    "allOf: [{ type: string }, { maxLength: 9 }]",
    "anyOf: [{ type: string }], maxLength: 9",
  ])("by %s", async (schema) => {
    expect(await rulesOf(query("q", schema))).not.toContain("string-unbounded");
  });

  it.each([
    "type: string, format: email",
    "type: string, pattern: '^[a-z]+$'",
    "type: string, pattern: 'ab'",
    "type: [string, 'null']",
  ])("but not by %s", async (schema) => {
    expect(await rulesOf(query("q", schema))).toContain("string-unbounded");
  });
});

describe("an object is closed", () => {
  it("in 3.1 around allOf by unevaluatedProperties, and its parts are not blamed", async () => {
    const parts =
      "allOf: [{ type: object, properties: { a: { enum: [a] } } }, { type: object, properties: { b: { enum: [b] } } }]";
    expect(await rulesOf(body(`${parts}, unevaluatedProperties: false`))).not.toContain("object-open");
    expect((await rulesOf(body(parts))).filter((rule) => rule === "object-open")).toHaveLength(1);
  });

  it("in 3.0 not around allOf: the remedy says so", async () => {
    const parts = "allOf: [{ type: object, properties: { a: { type: string, enum: [a] } } }]";
    const found = (await judged(body(parts, "3.0.3"))).find(({ rule }) => rule === "contract.object-open");
    expect(found?.remedy).toContain("OpenAPI 3.0 cannot close");
  });
});

describe("what stands in an answer", () => {
  it("weighs nothing", async () => {
    const found = await judged(answer("type: object, properties: { name: { type: string } }"));
    const rules = ["contract.string-unbounded", "contract.object-open"];
    expect(found.filter(({ rule }) => rules.includes(rule)).map(({ severity }) => severity)).toEqual(["info", "info"]);
  });

  it("weighs as what callers send where both have it", async () => {
    const schema =
      "components: { schemas: { Thing: { type: object, additionalProperties: false, properties: { name: { type: string } } } }, securitySchemes: { oauth: { type: http, scheme: bearer } } }";
    const media = "content: { application/json: { schema: { $ref: '#/components/schemas/Thing' } } }";
    const document = documentWith(
      `security: [{ oauth: [] }]\n      requestBody: { ${media} }\n      responses: { default: { description: all, ${media} } }`,
      { more: schema },
    );
    const found = (await judged(document)).filter(({ rule }) => rule === "contract.string-unbounded");
    expect(found.map(({ severity, parameter }) => [severity, parameter])).toEqual([["low", "body /name"]]);
  });

  it("is not what callers send where it is readOnly", async () => {
    const found = await judged(body(closed("at: { type: string, readOnly: true }")));
    expect(found.find(({ rule }) => rule === "contract.string-unbounded")?.severity).toBe("info");
  });
});

describe("an identifier", () => {
  it.each(["type: string, pattern: '^[0-9]+$'", String.raw`type: string, pattern: '^\d{1,9}$'`, "type: number"])(
    "can be counted through as %s",
    async (schema) => {
      expect(await rulesOf(byId(schema))).toContain("id-enumerable");
    },
  );

  it("weighs more where nobody is asked who he is", async () => {
    const document = byId("type: integer").replace(SECURED, "security: []");
    expect((await judged(document)).find(({ rule }) => rule === "contract.id-enumerable")?.severity).toBe("medium");
  });
});

describe("a recursive schema", () => {
  it("comes to an end", async () => {
    const document = documentWith(
      `${SECURED}\n      requestBody: { content: { application/json: { schema: { $ref: '#/components/schemas/Tree' } } } }\n      ${ANSWERS}`,
      {
        more: `components:
  schemas:
    Tree: { type: object, additionalProperties: false, properties: { child: { $ref: '#/components/schemas/Tree' }, all: { allOf: [{ $ref: '#/components/schemas/Tree' }] } } }
  securitySchemes:
    oauth: { type: oauth2, flows: { clientCredentials: { tokenUrl: "https://i.example/t", scopes: { read: r } } } }`,
      },
    );
    expect(await rulesOf(document)).not.toContain("object-open");
  });
});

describe("a finding", () => {
  it("has line, column, operation and a fingerprint that survives moved lines", async () => {
    const document = query("q", "type: string, pattern: a");
    const [one] = (await judged(document)).filter(({ rule }) => rule === "contract.string-unbounded");
    const [other] = (await judged(document.replace("paths:", "# moved\n\npaths:"))).filter(
      ({ rule }) => rule === "contract.string-unbounded",
    );
    expect(one).toMatchObject({
      message: "POST /things, query q: a text of any length",
      operation: { id: "one", method: "POST", template: "/things" },
      parameter: "query q",
      places: [{ file: "api.yaml", line: 8 }],
    });
    expect(other?.places[0]?.line).toBe(10);
    expect(other?.fingerprint).toBe(one?.fingerprint);
  });
});
