// ATTACKS.md J against real gateways and Express: what is refused there has the answer of a refused token, and nothing of it reaches the API.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { AUDIENCE, claimsAt, issue, ISSUER, makeKey, type TestKey } from "../authentication/issuer.ts";
import { REASONS, type ReasonCode } from "../../src/core/reasons/registry.ts";
import type { Lab } from "./naive-verifiers.ts";
import { type Api, type Protected, unguarded, WAYS } from "./protected.ts";
import { TOKEN_CASES } from "./token-cases.ts";

const DOCUMENT = `openapi: 3.1.0
info: { title: Items, version: "1" }
paths:
  /item:
    get:
      operationId: item
      security: [{ oauth: ["orders:read"] }]
      responses: { default: { description: any } }
components:
  securitySchemes:
    oauth: { type: oauth2, flows: { clientCredentials: { tokenUrl: "https://i.example/t", scopes: { "orders:read": r } } } }
`;
const ALGORITHMS = ["RS256", "PS256", "ES256", "EdDSA"];
const served = TOKEN_CASES.filter(({ only = "ES256", unserved }) => only === "ES256" && unserved !== true);

let folder: string;
let keys: readonly TestKey[];
let mine: TestKey;
let reached = 0;
let api: Api;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "portcullis-tokens-"));
  keys = await Promise.all(ALGORITHMS.map((alg) => makeKey(alg, `key-${alg}`)));
  mine = await makeKey("ES256", "key-ES256");
  const jwks = path.join(folder, "jwks.json");
  await writeFile(jwks, JSON.stringify({ keys: keys.map(({ jwk }) => jwk) }));
  api = {
    document: DOCUMENT,
    configuration: `authentication:
  oauth: { issuer: "${ISSUER}", audience: "${AUDIENCE}", jwks: "${jwks}" }
rateLimiting:
  limits: []
  addressCeiling: { limit: 1000000, window: 1m }
  failedAuthentication: { limit: 1000000, window: 1m }
`,
    handle: (app) =>
      void app.get("/item", (_request, response) => {
        reached += 1;
        response.json({});
      }),
  };
});

afterAll(() => rm(folder, { recursive: true }));

const labNow = (): Lab => ({
  key: keys[2] as TestKey,
  mine,
  all: keys,
  seconds: Math.floor(Date.now() / 1_000),
});
const get = (gate: Protected, headers: Record<string, string>, at = "/item") =>
  gate.ask({ method: "GET", path: at, headers });

it("where nothing guards, every one of them reaches the API", async () => {
  const open = await unguarded(api);
  for (const { make } of served) {
    const { status } = await get(open, { authorization: `Bearer ${make(labNow())}` });
    expect(status).toBe(200);
  }
  await open.close();
});

describe.each(Object.entries(WAYS))("by %s", (_way, start) => {
  let gate: Protected;

  beforeAll(async () => {
    gate = await start(api);
  });

  afterAll(() => gate.close());

  it.each(served)("$id $name", async ({ make, reason }) => {
    const before = reached;
    const { status, headers, body } = await get(gate, { authorization: `Bearer ${make(labNow())}` });
    const said = (body === "{}" ? { reason: "accepted" } : JSON.parse(body)) as { reason: string; title?: string };
    expect(said.reason).toMatch(reason ?? /^accepted$/);
    expect([status, reached - before]).toEqual(reason === undefined ? [200, 1] : [401, 0]);
    const title = REASONS[said.reason as ReasonCode]?.title;
    const challenge = `Bearer realm="oauth", error="invalid_token", error_description="${title}"`;
    expect(headers["www-authenticate"]).toBe(reason === undefined ? undefined : challenge);
  });

  it.each([
    ["query", "/item?access_token=TOKEN", {}],
    ["cookie", "/item", { cookie: "access_token=TOKEN; Authorization=Bearer TOKEN" }],
    ["another field", "/item", { "x-authorization": "Bearer TOKEN", "proxy-authorization": "Bearer TOKEN" }],
  ])("J25 a token in %s is ignored", async (_where, at, headers) => {
    const before = reached;
    const token = await issue(labNow().key, claimsAt(labNow().seconds));
    const filled = (text: string) => text.replaceAll("TOKEN", token);
    const sent = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, filled(value)]));
    const answer = await get(gate, sent, filled(at));
    const asked = /^Bearer realm="oauth", DPoP realm="oauth", algs="[^"]+"$/;
    expect(answer.status).toBe(401);
    expect(answer.headers["www-authenticate"]).toMatch(asked);
    expect(reached).toBe(before);
  });

  it("J30 403 says insufficient_scope and the scope that is missing, and nothing else of the caller", async () => {
    const token = await issue(labNow().key, claimsAt(labNow().seconds, { scope: "orders:readwrite secret:scope" }));
    const { status, headers, body } = await get(gate, { authorization: `Bearer ${token}` });
    expect(status).toBe(403);
    expect(headers["www-authenticate"]).toBe('Bearer error="insufficient_scope", scope="orders:read"');
    expect(body).not.toMatch(/secret|user-1/);
  });
});
