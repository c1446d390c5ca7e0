// `authenticate()` alone with tokens that are bound to a key: the proof of each request, wherever and however often it is mounted.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { authenticate, type AuthenticateOptions } from "../../src/adapters/express-authentication.ts";
import { AUDIENCE, claimsAt, issue, ISSUER, makeKey, type TestKey } from "../authentication/issuer.ts";
import { boundToken, proofOf } from "../authentication/proofs.ts";
import { ask, serve, type Served } from "./alone-harness.ts";

let folder: string;
let issuer: TestKey;
let holder: TestKey;
let served: Served;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "portcullis-alone-dpop-"));
  issuer = await makeKey("ES256", "issuer");
  holder = await makeKey("ES256", "holder");
  await writeFile(path.join(folder, "jwks.json"), JSON.stringify({ keys: [issuer.jwk] }));
});

afterEach(() => served.close());
afterAll(() => rm(folder, { recursive: true }));

const start = async (more: Partial<AuthenticateOptions> = {}) => {
  served = await serve(async (app) => {
    const guard = authenticate({ issuer: ISSUER, audience: AUDIENCE, jwks: path.join(folder, "jwks.json"), ...more });
    await guard.ready();
    // Mounted twice, as routers of one application do: one request is proven once.
    app.use(guard);
    app.get("/me", guard, (request, response) => {
      response.json({ method: request.principal.method, subject: request.principal.subject });
    });
  });
};

async function bound(url: string) {
  const seconds = Math.floor(Date.now() / 1_000);
  const token = await boundToken(issuer, holder, seconds);
  const headers = { authorization: `DPoP ${token}`, dpop: proofOf(holder, { token, seconds, url }) };
  return { token, headers, plain: await issue(issuer, claimsAt(seconds)) };
}

describe("authenticate() and bound tokens", () => {
  it("D02 takes a proof once, also where it is mounted twice", async () => {
    await start();
    const { headers, token } = await bound(`${served.origin}/me`);
    expect(await ask(served, "/me", { headers })).toMatchObject({
      status: 200,
      body: { method: "dpop", subject: "user-1" },
    });
    const again = await ask(served, "/me", { headers });
    expect([again.status, again.body["reason"]]).toEqual([401, "authentication.proof-replayed"]);
    const asBearer = await ask(served, "/me", { headers: { authorization: `Bearer ${token}` } });
    expect(asBearer.body["reason"]).toBe("authentication.proof-required");
  });

  it("D10 with require takes no plain token, with off none that is bound", async () => {
    await start({ dpop: "require" });
    const { plain, headers } = await bound(`${served.origin}/me`);
    const refused = await ask(served, "/me", { headers: { authorization: `Bearer ${plain}` } });
    expect(refused.body["reason"]).toBe("authentication.token-unbound");
    expect((await ask(served, "/me", { headers })).status).toBe(200);
    await served.close();
    await start({ dpop: "off" });
    const off = await bound(`${served.origin}/me`);
    expect((await ask(served, "/me", { headers: off.headers })).body["reason"]).toBe(
      "authentication.credentials-missing",
    );
  });

  it("D03 the address is the one that a trusted proxy says, and what a stranger says is none", async () => {
    const forwarded = { "x-forwarded-proto": "https", "x-forwarded-for": "203.0.113.7" };
    await start({ trustedProxies: ["127.0.0.1"] });
    const url = `${served.origin.replace("http:", "https:")}/me`;
    const { headers } = await bound(url);
    expect((await ask(served, "/me", { headers: { ...headers, ...forwarded } })).status).toBe(200);
    await served.close();
    await start();
    const stranger = await bound(`${served.origin.replace("http:", "https:")}/me`);
    const said = await ask(served, "/me", { headers: { ...stranger.headers, ...forwarded } });
    expect(said.body["reason"]).toBe("authentication.proof-request-mismatch");
  });

  it("says what the option may be", () => {
    const dpop = "on" as "off";
    expect(() => authenticate({ issuer: ISSUER, audience: AUDIENCE, dpop })).toThrow("dpop is unknown");
    return start();
  });
});
