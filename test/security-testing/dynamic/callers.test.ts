// Callers of the run's own: what is good passes a real gate, and nothing that is forged does.
import { describe, expect, it } from "vitest";
import type { ProbeContext } from "../../../src/security-testing/dynamic/probe.ts";
import type { Caller } from "../../../src/security-testing/dynamic/callers.ts";
import type { Reply } from "../../../src/security-testing/dynamic/wire.ts";
import { tiny, type TinyOptions } from "./tiny.ts";

const OK = () => ({ body: { ok: true } });

const DOCUMENT = `
paths:
  /things:
    get: { operationId: list, security: [{ oauth: [read] }], responses: { "200": { description: Things. } } }
    post: { operationId: add, security: [{ oauth: [read, write] }], responses: { "200": { description: A thing. } } }
  /open:
    get: { operationId: open, security: [], responses: { "200": { description: All. } } }
`;
const ROUTES = { "GET /things": OK, "POST /things": OK, "GET /open": OK };
const usual = (more: string, rest = "") => ({
  document: DOCUMENT,
  api: ROUTES,
  layer: "gate" as const,
  configuration: `authentication:\n  oauth: { issuer: https://i.example/, audience: https://api.example, claims: { roles: [roles] }${more} }\n${rest}`,
});

/** How settings of tokens differ, each with a gate of its own. */
const WAYS: readonly (readonly [string, TinyOptions])[] = [
  ["by default", usual("")],
  ["signed with RS256", usual(", algorithms: [RS256]")],
  ["signed with PS512", usual(", algorithms: [PS512]")],
  ["signed with ES384", usual(", algorithms: [ES384]")],
  ["signed with EdDSA", usual(", algorithms: [EdDSA]")],
  ["with a shared secret", usual(", secret: 0123456789abcdef0123456789abcdef")],
  ["of Keycloak", usual(", preset: keycloak")],
  ["of Entra", usual(", preset: entra")],
  ["of Okta", usual(", preset: okta")],
  ["of Auth0", usual(", preset: auth0")],
  ["of Cognito", usual(", preset: cognito")],
  ["of Hydra", usual(", preset: hydra")],
  ["that live an hour at most", usual(", lifetimeMax: 1h")],
  ["bound to a key", usual(", dpop: require")],
  ["bound to a key, with a nonce", usual(", dpop: { mode: require, nonce: true }")],
  ["bound to none", usual(", dpop: off")],
  [
    "of several factors",
    usual("", "operations: { list: { authentication: { level: mfa } }, add: { authentication: { level: mfa } } }\n"),
  ],
];

describe.each(WAYS)("tokens %s", (_name, options) => {
  it("pass where they are good, each time they are sent", async () => {
    const context = await tiny(options);
    for (const id of ["list", "add"]) {
      const caller = (await context.callers.allowed(id)) as Caller;
      for (let i = 0; i < 2; i += 1)
        expect(await sent(context, id, caller)).toMatchObject({ status: 200, from: "api" });
    }
    for (const caller of [context.callers.a, context.callers.b])
      expect(await sent(context, "list", caller)).toMatchObject({ status: 200 });
    expect(context.callers.a.subject).not.toBe(context.callers.b.subject);
    for (const caller of await context.callers.alike("add"))
      expect([caller.name, (await sent(context, "add", caller)).status]).toEqual([caller.name, 200]);
  });

  it("are refused where they are forged", async () => {
    const context = await tiny(options);
    const forged = await context.callers.forged("add");
    expect(forged.length).toBeGreaterThan(60);
    const passed: string[] = [];
    for (const { name, caller, isReplay } of forged) {
      // The first time it is a good one.
      if (isReplay === true)
        passed.push(...((await sent(context, "add", caller)).status === 200 ? [] : [`first ${name}`]));
      const reply = await sent(context, "add", caller);
      if (!isRefused(reply)) passed.push(`${name}: ${reply.status} ${reply.reason ?? ""}`);
    }
    expect(passed).toEqual([]);
  });

  it("differ in the one thing that is forged", async () => {
    const context = await tiny(options);
    const forged = await context.callers.forged("add");
    const reasons = new Map<string, string | undefined>();
    for (const { name, caller } of forged) reasons.set(name, (await sent(context, "add", caller)).reason);
    const expected: Readonly<Record<string, string>> = {
      "expired an hour ago": "authentication.token-expired",
      "another issuer": "authentication.issuer-rejected",
      "another audience": "authentication.audience-rejected",
      "nbf in an hour": "authentication.token-not-yet-valid",
      "alg none with a signature": "authentication.algorithm-rejected",
      "payload changed": "authentication.signature-invalid",
      "revoked token": "authentication.token-revoked",
      "token of a revoked session": "authentication.token-revoked",
      "token of a revoked subject": "authentication.token-revoked",
      "ID token": "authentication.token-type-rejected",
      "proof by another key": "authentication.proof-key-mismatch",
      "proof for another method": "authentication.proof-request-mismatch",
      "proof that is too old": "authentication.proof-stale",
      "more than 8 KB": "authentication.token-too-large",
      "no exp": "authentication.token-malformed",
    };
    const wrong = Object.entries(expected).filter(([name, reason]) => (reasons.get(name) ?? reason) !== reason);
    expect(wrong.map(([name]) => [name, reasons.get(name)])).toEqual([]);
  });
});

it("has no rights but those that are asked for", async () => {
  const context = await tiny(usual(""));
  const none = { scopes: [], roles: [], permissions: [] };
  const reader = (await context.callers.withRights({ ...none, scopes: ["read"] })) as Caller;
  expect(await sent(context, "list", reader)).toMatchObject({ status: 200 });
  expect(await sent(context, "add", reader)).toMatchObject({ reason: "authorization.scope-insufficient" });
  expect(await sent(context, "list", context.callers.nobody)).toMatchObject({ status: 401 });
  expect(await sent(context, "open", (await context.callers.allowed("open")) as Caller)).toMatchObject({ status: 200 });
  expect(await context.callers.forged("open")).toEqual([]);
});

it("finds roles that have the permissions that are asked for", async () => {
  const context = await tiny(
    usual(
      "",
      `authorization: { roles: { customer: {}, support: { includes: [customer], permissions: [things.add] }, boss: { includes: [support] } } }
operations: { add: { authorization: { permissions: [things.add] } }, list: { authorization: { roles: [boss] } } }
`,
    ),
  );
  const adding = (await context.callers.allowed("add")) as Caller;
  expect(adding.rights.roles).toEqual(["support"]);
  expect(await sent(context, "add", adding)).toMatchObject({ status: 200 });
  expect(await sent(context, "list", adding)).toMatchObject({ reason: "authorization.role-missing" });
  expect(context.callers.a.rights.roles).toEqual(["customer"]);
});

const KEYS: TinyOptions = {
  document: `
paths:
  /things:
    get: { operationId: list, security: [{ key: [] }], responses: { "200": { description: Things. } } }
    post: { operationId: add, security: [{ oauth: [write], key: [] }], responses: { "200": { description: A thing. } } }
components:
  securitySchemes:
    key: { type: apiKey, in: header, name: X-Key }
    oauth: { type: oauth2, flows: { clientCredentials: { tokenUrl: "https://i.example/t", scopes: { write: w } } } }
`,
  api: ROUTES,
  layer: "gate",
  configuration: `authentication:
  oauth: { issuer: https://i.example/, audience: https://api.example }
  key: { keys: [] }
authorization: { roles: { customer: {}, boss: {} } }
operations: { list: { authorization: { roles: [boss] } } }
`,
};

it("makes keys of the API, and both where both are asked for", async () => {
  const context = await tiny(KEYS);
  for (const id of ["list", "add"]) {
    const caller = (await context.callers.allowed(id)) as Caller;
    expect(await sent(context, id, caller)).toMatchObject({ status: 200 });
    for (const { name, caller: forged, isReplay } of await context.callers.forged(id))
      expect([name, isReplay === true || isRefused(await sent(context, id, forged))]).toEqual([name, true]);
  }
  const without = (await context.callers.withRights({ scopes: [], roles: [], permissions: [] }, "a", "list")) as Caller;
  expect(await sent(context, "list", without)).toMatchObject({ reason: "authorization.role-missing" });
});

/** Two fields where one may be are refused before anybody asks what they say. */
function isRefused({ from, status, reason }: Reply): boolean {
  return from === "gate" && (status === 401 || reason === "transport.fields-invalid");
}

async function sent(context: ProbeContext, id: string, caller: Caller): Promise<Reply> {
  const subject = context.subjects.find(({ operation }) => operation.id === id);
  if (subject === undefined) throw new Error(`there is no ${id}`);
  const values = context.requests.invent(subject);
  if ("why" in values) throw new Error(values.why);
  const { reply } = await context.client.send(context.requests.wire(subject, values, caller));
  if (reply === undefined) throw new Error("no answer");
  return reply;
}
