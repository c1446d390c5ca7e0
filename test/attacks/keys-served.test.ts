// API keys and revoked tokens against real gateways and Express: whatever is wrong with a key has one answer, and nothing of it reaches the API.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { makeApiKey } from "../../src/authentication/api-key-text.ts";
import { AUDIENCE, claimsAt, issue, ISSUER, makeKey } from "../authentication/issuer.ts";
import { type Api, type Protected, unguarded, WAYS } from "./protected.ts";

const DOCUMENT = `openapi: 3.1.0
info: { title: Items, version: "1" }
paths:
  /item:
    get:
      operationId: item
      security: [{ key: ["items:read"] }, { oauth: [] }]
      responses: { default: { description: any } }
components:
  securitySchemes:
    key: { type: apiKey, in: header, name: X-API-Key }
    oauth: { type: http, scheme: bearer }
`;
const [good, poor, ended, revoked] = [makeApiKey(), makeApiKey(), makeApiKey(), makeApiKey()];
const REJECTED =
  'ApiKey realm="key", in="header", name="X-API-Key", error="invalid_token", error_description="The API key is not accepted."';

const WRONG: readonly (readonly [string, string])[] = [
  ["an unknown key", makeApiKey().text],
  ["a key that has ended", ended.text],
  ["a key that is revoked", revoked.text],
  ["a key that is cut off", good.text.slice(0, -1)],
  ["a key with a letter more", `${good.text}x`],
  ["a key in capitals", good.text.toUpperCase()],
  ["the id of a key", good.id],
  ["the hash of a key", good.hash],
  ["a token", "eyJhbGciOiJub25lIn0.e30."],
  ["something else", "password"],
];

let folder: string;
let api: Api;
let token: string;
let reached = 0;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "portcullis-keys-"));
  const signing = await makeKey("ES256", "k1");
  token = await issue(signing, claimsAt(Math.floor(Date.now() / 1_000), { jti: "leaked" }));
  const named = (name: string) => path.join(folder, name);
  await writeFile(named("jwks.json"), JSON.stringify({ keys: [signing.jwk] }));
  await writeFile(named("denied.json"), JSON.stringify({ denied: [{ issuer: ISSUER, token: "leaked" }] }));
  const kept = (key: { id: string; hash: string }, more: object = {}) => ({
    id: key.id,
    hash: key.hash,
    name: "billing",
    scopes: ["items:read"],
    ...more,
  });
  const keys = [
    kept(good),
    kept(poor, { scopes: ["items:readwrite"] }),
    kept(ended, { expires: "2020-01-01T00:00:00Z" }),
    kept(revoked, { revoked: "2020-01-01T00:00:00Z" }),
  ];
  await writeFile(named("keys.json"), JSON.stringify({ keys }));
  api = {
    document: DOCUMENT,
    configuration: `authentication:
  denied: ${named("denied.json")}
  key: { keys: ${named("keys.json")} }
  oauth: { issuer: "${ISSUER}", audience: "${AUDIENCE}", jwks: ${named("jwks.json")} }
rateLimiting:
  limits: []
  addressCeiling: { limit: 1000000, window: 1m }
  failedAuthentication: { limit: 20, window: 1m }
transport: { trustedProxies: [127.0.0.1] }
`,
    handle: (app) =>
      void app.get("/item", (_request, response) => {
        reached += 1;
        response.json({});
      }),
  };
});

afterAll(() => rm(folder, { recursive: true }));

let caller = 0;
/** Each from an address of its own, unless one is given: failures of one are not charged to another. */
const get = (gate: Protected, headers: Record<string, string>, at = "/item", from = `203.0.113.${(caller += 1)}`) =>
  gate.ask({ method: "GET", path: at, headers: { "x-forwarded-for": from, ...headers } });

it("where nothing guards, every one of them reaches the API", async () => {
  const open = await unguarded(api);
  for (const [, text] of WRONG) expect((await get(open, { "x-api-key": text })).status).toBe(200);
  await open.close();
});

describe.each(Object.entries(WAYS))("by %s", (_way, start) => {
  let gate: Protected;

  beforeAll(async () => {
    caller = 0;
    gate = await start(api);
  });

  afterAll(() => gate.close());

  it("a key that holds opens what it was granted, and no more", async () => {
    expect((await get(gate, { "x-api-key": good.text })).status).toBe(200);
    const { status, headers } = await get(gate, { "X-API-KEY": poor.text });
    expect([status, headers["www-authenticate"]]).toEqual([
      403,
      'ApiKey error="insufficient_scope", scope="items:read"',
    ]);
  });

  it.each(WRONG)("%s is refused as every other wrong one", async (_name, text) => {
    const before = reached;
    const { status, headers, body } = await get(gate, { "x-api-key": text });
    expect([status, headers["www-authenticate"], reached - before]).toEqual([401, REJECTED, 0]);
    expect(JSON.parse(body)).toEqual({
      type: "urn:portcullis:reason:authentication.api-key-rejected",
      title: "The API key is not accepted.",
      status: 401,
      reason: "authentication.api-key-rejected",
      requestId: expect.any(String),
    });
  });

  it.each([
    ["the query", "/item?x-api-key=KEY&api_key=KEY", {}],
    ["a cookie", "/item", { cookie: "X-API-Key=KEY" }],
    ["a field that CGI takes for it", "/item", { x_api_key: "KEY" }],
    ["Authorization", "/item", { authorization: "ApiKey KEY" }],
  ])("J25 a key in %s is none", async (_where, at, headers) => {
    const before = reached;
    const filled = Object.entries(headers).map(([name, value]) => [name, value.replaceAll("KEY", good.text)]);
    const answer = await get(
      gate,
      Object.fromEntries(filled) as Record<string, string>,
      at.replaceAll("KEY", good.text),
    );
    expect([answer.status, reached - before]).toEqual([401, 0]);
    expect(answer.body).toContain("authentication.credentials-missing");
  });

  it("a revoked token is refused, and a wrong key beside it changes nothing", async () => {
    const before = reached;
    const authorization = `Bearer ${token}`;
    expect((await get(gate, { authorization })).body).toContain("authentication.token-revoked");
    expect((await get(gate, { authorization, "x-api-key": "x" })).status).toBe(401);
    expect(reached).toBe(before);
  });

  it("L08 wrong keys are charged to the address: after twenty, the right one has to wait as well", async () => {
    const from = "198.51.100.7";
    for (let i = 0; i < 20; i += 1) {
      expect((await get(gate, { "x-api-key": makeApiKey().text }, "/item", from)).status).toBe(401);
    }
    const { status, headers } = await get(gate, { "x-api-key": good.text }, "/item", from);
    expect(status).toBe(429);
    expect(Number(headers["retry-after"])).toBeGreaterThan(0);
    expect((await get(gate, { "x-api-key": good.text })).status).toBe(200);
  });

  it("no record holds a key", () => {
    const written = JSON.stringify(gate.events());
    for (const { text } of [good, poor, ended, revoked]) expect(written).not.toContain(text.slice(15));
    expect(written).toContain(`key ${revoked.id} is revoked`);
    expect(written).toContain(good.id);
  });
});
