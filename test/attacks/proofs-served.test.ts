// ATTACKS.md D against real gateways and Express: refused there with the challenge of RFC 9449, and nothing of it reaches the API.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { AUDIENCE, claimsAt, issue, ISSUER, makeKey, type TestKey } from "../authentication/issuer.ts";
import { boundToken, proofOf } from "../authentication/proofs.ts";
import { REASONS, type ReasonCode } from "../../src/core/reasons/registry.ts";
import { without } from "../conformance/without.ts";
import { joseWithCare } from "./naive-verifiers.ts";
import { honest, PROOF_CASES, type ProofLab, REPLAYS, type Sent } from "./proof-cases.ts";
import { type Api, type Protected, unguarded, WAYS } from "./protected.ts";

const DOCUMENT = `openapi: 3.1.0
info: { title: Items, version: "1" }
paths:
  /item:
    get: { operationId: item, security: [{ oauth: ["orders:read"] }], responses: { default: { description: any } } }
    post: { operationId: addItem, security: [{ oauth: ["orders:write"] }], responses: { default: { description: any } } }
  /nonce:
    get: { operationId: nonce, security: [{ careful: [] }], responses: { default: { description: any } } }
  /bound:
    get: { operationId: bound, security: [{ bound: [] }], responses: { default: { description: any } } }
  /either:
    get: { operationId: either, security: [{ oauth: [] }, { same: [] }], responses: { default: { description: any } } }
  /key:
    get: { operationId: key, security: [{ key: [] }, { oauth: [] }], responses: { default: { description: any } } }
  /public:
    get: { operationId: public, security: [], responses: { default: { description: any } } }
components:
  securitySchemes:
    oauth: { type: oauth2, flows: { clientCredentials: { tokenUrl: "https://i.example/t", scopes: { "orders:read": r } } } }
    same: { type: http, scheme: bearer }
    careful: { type: http, scheme: bearer }
    bound: { type: http, scheme: dpop }
    key: { type: apiKey, in: header, name: X-API-Key }
`;

let folder: string;
let issuer: TestKey;
let holder: TestKey;
let thief: TestKey;
let api: Api;
const reached: { authorization: string | undefined; dpop: string | undefined }[] = [];

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "portcullis-proofs-"));
  issuer = await makeKey("ES256", "issuer");
  holder = await makeKey("ES256", "holder");
  thief = await makeKey("ES256", "thief");
  const jwks = path.join(folder, "jwks.json");
  await writeFile(jwks, JSON.stringify({ keys: [issuer.jwk] }));
  const entry = `issuer: "${ISSUER}", audience: "${AUDIENCE}", jwks: "${jwks}"`;
  api = {
    document: DOCUMENT,
    configuration: `authentication:
  oauth: { ${entry} }
  same: { ${entry} }
  careful: { ${entry}, dpop: { nonce: true, maxAge: 10s } }
  bound: { ${entry} }
  key: { keys: [] }
transport: { cors: { origins: ["https://app.example.com"] } }
rateLimiting:
  limits: []
  addressCeiling: { limit: 1000000, window: 1m }
  failedAuthentication: { limit: 1000000, window: 1m }
`,
    handle: (app) =>
      void app.use((request, response) => {
        const { authorization, dpop } = request.headers as Record<string, string | undefined>;
        reached.push({ authorization, dpop });
        response.json({});
      }),
  };
});

afterAll(() => rm(folder, { recursive: true }));

async function labAt(url: string): Promise<ProofLab> {
  const seconds = Math.floor(Date.now() / 1_000);
  const token = await boundToken(issuer, holder, seconds);
  const unbound = await issue(issuer, claimsAt(seconds));
  return { holder, thief, token, unbound, url, seconds };
}

const get = (gate: Protected, { authorization, dpop }: Sent, at = "/item", more: Record<string, string> = {}) =>
  gate.ask({
    method: "GET",
    path: at,
    headers: { authorization, ...(dpop === undefined ? {} : { dpop }), ...more },
  });
const bound = (lab: ProofLab, dpop: string): Sent => ({ authorization: `DPoP ${lab.token}`, dpop });
const reasonOf = (body: string) => (JSON.parse(body) as { reason?: ReasonCode }).reason;

it("where nothing guards, or what guards ignores cnf, every one of them reaches the API", async () => {
  const open = await unguarded(api);
  const lab = await labAt(`${open.url}/item`);
  for (const { make } of PROOF_CASES) {
    const sent = make(lab);
    const before = reached.length;
    expect((await get(open, sent)).status).toBe(200);
    expect(reached.length).toBe(before + 1);
    const token = sent.authorization.split(" ")[1] as string;
    expect(await joseWithCare(token, { key: issuer, mine: thief, all: [issuer], seconds: lab.seconds })).toBe(true);
  }
  await open.close();
});

it.each(Object.entries(WAYS))("by %s without the guard every one of them reaches the API", async (_way, start) => {
  const off = await start({ ...api, change: without(["authentication.credentials", "authorization.scopes"]) });
  const lab = await labAt(`${off.url}/item`);
  const before = reached.length;
  for (const { make } of PROOF_CASES) expect((await get(off, make(lab))).status).toBe(200);
  expect(reached.length - before).toBe(PROOF_CASES.length);
  await off.close();
});

describe.each(Object.entries(WAYS))("by %s", (_way, start) => {
  let gate: Protected;
  // The client over HTTP/2 says `localhost` in `:authority`, whatever address it has connected to.
  const lab = (at = "/item") => labAt(`${gate.url.replace("https://127.0.0.1", "https://localhost")}${at}`);

  beforeAll(async () => {
    gate = await start(api);
  });

  afterAll(() => gate.close());

  it.each(PROOF_CASES)("$id $name", async ({ make, reason }) => {
    const before = reached.length;
    const { status, headers, body } = await get(gate, make(await lab()));
    const said = reasonOf(body);
    expect(said ?? "accepted").toMatch(reason ?? /^accepted$/);
    expect([status, reached.length - before]).toEqual(reason === undefined ? [200, 1] : [401, 0]);
    if (said === undefined) return;
    const error = /token-unbound/.test(said) ? "invalid_token" : "invalid_dpop_proof";
    expect(headers["www-authenticate"]).toBe(
      `DPoP realm="oauth", error="${error}", error_description="${REASONS[said].title}", algs="ES256 ES384 EdDSA Ed25519 PS256 RS256"`,
    );
  });

  it.each(REPLAYS)("D02 a proof that was used, %s", async (_name, copy) => {
    const one = await lab();
    const proof = honest(one);
    const before = reached.length;
    expect((await get(gate, bound(one, proof))).status).toBe(200);
    const { status, body } = await get(gate, bound(one, copy(proof)));
    expect([status, reasonOf(body), reached.length - before]).toEqual([401, "authentication.proof-replayed", 1]);
  });

  it("D02 one proof, 20 requests at once: one reaches the API", async () => {
    const one = await lab();
    const proof = honest(one);
    const before = reached.length;
    const answers = await Promise.all(Array.from({ length: 20 }, () => get(gate, bound(one, proof))));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(reached.length - before).toBe(1);
  });

  it("D03 a proof for one method or operation opens no other", async () => {
    const one = await lab();
    const post = await gate.ask({
      method: "POST",
      path: "/item",
      headers: { authorization: `DPoP ${one.token}`, dpop: honest(one) },
    });
    expect([post.status, reasonOf(post.body)]).toEqual([401, "authentication.proof-request-mismatch"]);
    const other = await get(gate, bound(one, honest(one)), "/either");
    expect([other.status, reasonOf(other.body)]).toEqual([401, "authentication.proof-request-mismatch"]);
  });

  it("D03 what a stranger says of the way changes nothing", async () => {
    const one = await lab();
    const evil = proofOf(holder, { ...one, url: "https://evil.example/item" });
    const more = { "x-forwarded-host": "evil.example", "x-forwarded-proto": "https", forwarded: "host=evil.example" };
    const { status, body } = await get(gate, bound(one, evil), "/item", more);
    expect([status, reasonOf(body)]).toEqual([401, "authentication.proof-request-mismatch"]);
  });

  it("D10 a scheme that the document calls dpop takes no plain bearer token", async () => {
    const one = await lab("/bound");
    const plain = await get(gate, { authorization: `Bearer ${one.unbound}` }, "/bound");
    expect([plain.status, reasonOf(plain.body)]).toEqual([401, "authentication.token-unbound"]);
    const asked = await gate.ask({ method: "GET", path: "/bound", headers: {} });
    expect(asked.headers["www-authenticate"]).toMatch(/^DPoP realm="bound", algs="/);
    expect((await get(gate, bound(one, honest(one)), "/bound")).status).toBe(200);
  });

  it("D12 a nonce that is demanded comes with the refusal, which pages may read; with it the client passes", async () => {
    const one = await lab("/nonce");
    const origin = { origin: "https://app.example.com" };
    const refused = await get(gate, bound(one, honest(one)), "/nonce", origin);
    expect([refused.status, reasonOf(refused.body)]).toEqual([401, "authentication.proof-nonce-required"]);
    expect(refused.headers["www-authenticate"]).toMatch(/^DPoP realm="careful", error="use_dpop_nonce", /);
    expect(refused.headers["cache-control"]).toBe("no-store");
    expect(refused.headers["access-control-expose-headers"]).toMatch(/WWW-Authenticate.*DPoP-Nonce/);
    const nonce = refused.headers["dpop-nonce"] as string;
    const passed = await get(gate, bound(one, honest(one, { claims: { nonce } })), "/nonce", origin);
    expect(passed.status).toBe(200);
    const preflight = await gate.ask({
      method: "OPTIONS",
      path: "/nonce",
      headers: { ...origin, "access-control-request-method": "GET", "access-control-request-headers": "dpop" },
    });
    expect(preflight.status).toBe(204);
    expect(preflight.headers["access-control-allow-headers"]).toMatch(/authorization/);
  });

  it("two schemes of one operation may both look at one proof, which opens it once", async () => {
    const one = await lab("/either");
    const proof = honest(one);
    expect((await get(gate, bound(one, proof), "/either")).status).toBe(200);
    expect((await get(gate, bound(one, proof), "/either")).status).toBe(401);
  });

  it("tells what a bound token lacks by the scheme that it came with", async () => {
    const one = await lab();
    const token = await boundToken(issuer, holder, one.seconds, { scope: "other" });
    const { status, headers } = await get(gate, {
      authorization: `DPoP ${token}`,
      dpop: proofOf(holder, { ...one, token }),
    });
    expect(status).toBe(403);
    expect(headers["www-authenticate"]).toBe('DPoP error="insufficient_scope", scope="orders:read"');
  });

  it("the API gets a proof only with the token that it proved", async () => {
    const one = await lab();
    const proof = honest(one);
    const seen = async (sent: Sent, at: string) => {
      expect((await get(gate, sent, at)).status).toBe(200);
      return reached.at(-1);
    };
    expect(await seen(bound(one, proof), "/item")).toEqual({ authorization: `DPoP ${one.token}`, dpop: proof });
    const plain = { authorization: `Bearer ${one.unbound}`, dpop: honest(one) };
    expect(await seen(plain, "/item")).toEqual({ authorization: plain.authorization, dpop: undefined });
    expect(await seen(bound(one, honest(one)), "/public")).toEqual({ authorization: undefined, dpop: undefined });
  });
});
