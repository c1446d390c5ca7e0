// Guards the contract rules about callers, wires and limits: each fires on what is wrong, and not on what is right.
import { describe, expect, it } from "vitest";
import { OAUTH } from "../../configuration/composing.ts";
import { ANSWERS, documentWith, judged, rulesOf, SCHEMES, SECURED } from "./judging.ts";

const operation = (text: string, more = {}) => documentWith(`${text}\n      ${ANSWERS}`, more);
const components = (schemes: string) => `components:\n  securitySchemes:\n    oauth: ${schemes}`;
const flows = (text: string) => components(`{ type: oauth2, flows: { ${text} } }`);
const root = (text: string) => `${SCHEMES}\n${text}`;
const NONE = OAUTH;
const OWN_LIMIT = `${OAUTH}operations: { one: { rateLimiting: [{ name: own, limit: 5, window: 1m }] } }\n`;

/** The rule, what it fires on, and what is right. Each is a document, or one with a configuration. */
type Example = readonly [document: string, configuration?: string];
const EXAMPLES: readonly (readonly [rule: string, wrong: Example, right: Example])[] = [
  [
    "security-missing",
    [operation("summary: silent"), `${OAUTH}  default: [{}]\n`],
    [operation(SECURED), `${OAUTH}  default: [{}]\n`],
  ],
  ["security-unsaid", [operation("summary: silent"), `${OAUTH}  default: [{ oauth: [read] }]\n`], [operation(SECURED)]],
  ["write-public", [operation("security: []")], [operation("security: []", { method: "get" })]],
  ["read-public", [operation("security: []", { method: "get" })], [operation(SECURED, { method: "get" })]],
  ["authentication-optional", [operation("security: [{ oauth: [read] }, {}]")], [operation(SECURED)]],
  [
    "administration-undemanding",
    [operation("security: [{ oauth: [] }]", { path: "/admin/users" })],
    [operation("security: [{ oauth: [admin] }]", { path: "/admin/users" })],
  ],
  [
    "flow-outdated",
    [
      operation(SECURED, {
        more: flows(
          'implicit: { authorizationUrl: "https://i.example/a", refreshUrl: "https://i.example/r", scopes: { read: r } }',
        ),
      }),
    ],
    [operation(SECURED)],
  ],
  [
    "refresh-missing",
    [
      operation(SECURED, {
        more: flows(
          'authorizationCode: { authorizationUrl: "https://i.example/a", tokenUrl: "https://i.example/t", scopes: { read: r } }',
        ),
      }),
    ],
    [operation(SECURED)],
  ],
  [
    "issuer-plain-http",
    [operation(SECURED, { more: flows('clientCredentials: { tokenUrl: "http://i.example/t", scopes: { read: r } }') })],
    [
      operation(SECURED, {
        more: flows('clientCredentials: { tokenUrl: "http://localhost:8080/t", scopes: { read: r } }'),
      }),
    ],
  ],
  [
    "server-plain-http",
    [operation(SECURED, { more: root('servers: [{ url: "http://api.example.com", description: production }]') })],
    [operation(SECURED, { more: root('servers: [{ url: "http://127.0.0.1:3000", description: local }]') })],
  ],
  [
    "server-undescribed",
    [operation(SECURED, { more: root('servers: [{ url: "https://api.example.com" }]') })],
    [operation(SECURED, { more: root('servers: [{ url: "https://api.example.com", description: production }]') })],
  ],
  [
    "credentials-in-address",
    [operation(`${SECURED}\n      parameters: [{ name: access_token, in: query, schema: { type: string } }]`)],
    [operation(`${SECURED}\n      parameters: [{ name: page_token, in: query, schema: { type: string } }]`)],
  ],
  [
    "address-from-caller",
    [operation(`${SECURED}\n      parameters: [{ name: callback_url, in: query, schema: { type: string } }]`)],
    [
      operation(
        `${SECURED}\n      parameters: [{ name: callback_url, in: query, schema: { type: string, pattern: "^https://own.example/" } }]`,
      ),
    ],
  ],
  ["limit-missing", [operation(SECURED), `${OAUTH}rateLimiting: { mode: monitor }\n`], [operation(SECURED), NONE]],
  ["write-limit-missing", [operation(SECURED)], [operation(SECURED), OWN_LIMIT]],
  ["requests-unvalidated", [operation(SECURED), `${OAUTH}validation: { requests: monitor }\n`], [operation(SECURED)]],
];

describe("a rule of the contract", () => {
  it.each(EXAMPLES)("%s fires where it should", async (rule, [document, configuration]) => {
    expect(await rulesOf(document, configuration)).toContain(rule);
  });

  it.each(EXAMPLES)("%s is silent where all is well", async (rule, _, [document, configuration]) => {
    expect(await rulesOf(document, configuration)).not.toContain(rule);
  });
});

describe("schemes that the upstream checks", () => {
  const PASSED = "authentication:\n  oauth: { checkedByUpstream: true }\n";

  it.each([
    ["basic-authentication", "{ type: http, scheme: basic }"],
    ["scheme-outdated", "{ type: http, scheme: digest }"],
    ["credentials-in-address", "{ type: apiKey, in: query, name: key }"],
  ])("%s fires at %s", async (rule, scheme) => {
    const document = operation("security: [{ oauth: [] }]", { more: components(scheme) });
    expect(await rulesOf(document, PASSED)).toContain(rule);
  });

  it.each(["basic-authentication", "scheme-outdated", "credentials-in-address"])(
    "%s is silent at a bearer",
    async (rule) => {
      const document = operation("security: [{ oauth: [] }]", { more: components("{ type: http, scheme: bearer }") });
      expect(await rulesOf(document)).not.toContain(rule);
    },
  );
});

describe("administration", () => {
  it("must not ask for what another operation asks for", async () => {
    const document = operation("security: [{ oauth: [read] }]", { path: "/admin/users" }).replace(
      "components:",
      `  /things:\n    get: { operationId: two, security: [{ oauth: [read] }], ${ANSWERS} }\ncomponents:`,
    );
    const found = (await judged(document)).find(({ rule }) => rule === "contract.administration-undemanding");
    expect(found?.message).toBe("POST /admin/users asks for nothing of its own: as GET /things does");
    expect(found?.places).toEqual([{ file: "api.yaml", line: 5, column: 5 }]);
  });
});
