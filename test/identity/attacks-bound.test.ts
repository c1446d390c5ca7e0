// Attacks on issued tokens that are bound to a key (D, RFC 9449) and on clients that sign (RFC 7523, FAPI 2.0), on both databases and two servers.
import { decodeJwt, EmbeddedJWK, jwtVerify } from "jose";
import { beforeAll, describe, expect, it } from "vitest";
import { forge, makeKey, type TestKey } from "../authentication/issuer.ts";
import { bareKey, type ProofChanges, thumbprintOf } from "../authentication/proofs.ts";
import { DATABASES, serversOn } from "./databases.ts";
import { signUp } from "./flows.ts";
import { ASSERTION_TYPE, assertionOf, codeFor, post, publicKeyOf, serverProof } from "./key-clients.ts";
import { REDIRECT } from "./serving.ts";

const AT_ONCE = 30;
const EMAIL = "ann@example.com";

describe.each(DATABASES)("on $name", ({ kind }) => {
  const servers = serversOn(kind);
  const { isHere } = servers;
  let holder: TestKey;
  let thief: TestKey;
  let jobSecret: string;

  beforeAll(async () => {
    if (!isHere) return;
    holder = await makeKey("ES256", "holder");
    thief = await makeKey("ES256", "thief");
    const { clients } = servers.serving.identity;
    const settings = { redirectUris: [REDIRECT], postLogoutRedirectUris: [], scopes: ["openid", "orders:read"] };
    const keys = [publicKeyOf(holder)];
    await clients.put({
      id: "bank",
      profile: "fapi2",
      name: "Bank",
      settings: { ...settings, keys },
      isDeclared: true,
    });
    const machine = { redirectUris: [], postLogoutRedirectUris: [], scopes: ["orders:read"], keys };
    await clients.put({ id: "signing-job", profile: "machine", name: "Job", settings: machine, isDeclared: true });
    jobSecret = (await clients.addSecret("job")) as string;
    await signUp(servers.serving, EMAIL);
  });

  const tokenUrl = () => `${servers.serving.issuer}/token`;
  const proof = (changes: ProofChanges = {}, key = holder) => serverProof(key, tokenUrl(), changes);
  const machineForm = { grant_type: "client_credentials", scope: "orders:read" };
  const asJob = (dpop: string) => ({
    authorization: `Basic ${Buffer.from(`job:${jobSecret}`).toString("base64")}`,
    dpop,
  });
  const askAsJob = (dpop: string, at = servers.serving) => post(at, "/token", machineForm, asJob(dpop));

  describe("proofs at the token endpoint", () => {
    it.runIf(isHere)("a token that was asked for with a proof is bound to its key", async () => {
      const { status, body } = await askAsJob(proof());
      expect([status, body["token_type"]]).toEqual([200, "DPoP"]);
      expect(decodeJwt(String(body["access_token"]))["cnf"]).toEqual({ jkt: thumbprintOf(holder) });
    });

    it.runIf(isHere).each<[string, (key: TestKey) => ProofChanges]>([
      ["D03 htm of another method", () => ({ claims: { htm: "GET" } })],
      ["D03 htu of another endpoint", () => ({ claims: { htu: `${servers.serving.issuer}/request` } })],
      ["D03 htu of another server", () => ({ claims: { htu: "https://evil.example/identity/token" } })],
      ["D04 iat ten minutes ago", () => ({ claims: { iat: Math.floor(Date.now() / 1_000) - 600 } })],
      ["D04 iat ten minutes ahead", () => ({ claims: { iat: Math.floor(Date.now() / 1_000) + 600 } })],
      ["D04 iat missing", () => ({ claims: { iat: undefined } })],
      ["D06 signed by another key than it shows", () => ({ by: thief })],
      ["D07 the private key with it", (key) => ({ header: { jwk: key.privateKey.export({ format: "jwk" }) } })],
      ["D08 alg none", () => ({ header: { alg: "none" } })],
      ["D08 alg HS256", () => ({ header: { alg: "HS256" } })],
      ["D09 typ JWT", () => ({ header: { typ: "JWT" } })],
      ["D09 crit", () => ({ header: { crit: ["exp"], exp: 1 } })],
      ["D02 no jti", () => ({ claims: { jti: undefined } })],
    ])("%s gives nothing", async (_name, change) => {
      const { status, body } = await askAsJob(proof(change(holder)));
      expect(status).toBe(400);
      expect(body).not.toHaveProperty("access_token");
    });

    it.runIf(isHere)("D09 a duplicate member, which the core's reader lets through, gives nothing", async () => {
      const [, payload] = proof().split(".") as [string, string];
      const jwk = JSON.stringify(bareKey(holder));
      const header = `{"typ":"dpop+jwt","alg":"ES256","jwk":${JSON.stringify(bareKey(thief))},"jwk":${jwk}}`;
      const twice = forge(holder, header, Buffer.from(payload, "base64url").toString());
      expect((await jwtVerify(twice, EmbeddedJWK)).protectedHeader.jwk).toEqual(bareKey(holder));
      expect(await askAsJob(twice)).toMatchObject({ status: 400, body: { error: "invalid_dpop_proof" } });
    });

    it.runIf(isHere)("D02 a proof that was used gives nothing, at no server", async () => {
      const used = proof();
      expect((await askAsJob(used)).status).toBe(200);
      expect((await askAsJob(used, servers.other)).status).toBe(400);
      expect((await askAsJob(used)).status).toBe(400);
    });

    it.runIf(isHere)(
      `D02 one proof, ${AT_ONCE} requests at once, at two servers where there are: one token`,
      async () => {
        const used = proof();
        const answers = await Promise.all(
          Array.from({ length: AT_ONCE }, (_, i) => askAsJob(used, i % 2 === 0 ? servers.serving : servers.other)),
        );
        expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
      },
    );

    it.runIf(isHere)("D02 a proof from ahead is remembered for as long as it would be taken", async () => {
      const ahead = Math.floor(Date.now() / 1_000) + 290;
      expect((await askAsJob(proof({ claims: { iat: ahead } }))).status).toBe(200);
      const rows = (await servers.serving.rows(["artifact"])) as { model: string; expires_at: number }[];
      const ends = rows.filter(({ model }) => model === "ReplayDetection").map(({ expires_at: at }) => at);
      expect(Math.max(...ends)).toBeGreaterThanOrEqual(ahead + 300);
    });
  });

  describe("codes and refresh tokens", () => {
    it.runIf(isHere)("D11 a code that was asked for by a key is redeemed with that key only", async () => {
      const bound = { dpop_jkt: thumbprintOf(holder) };
      const without = await post(servers.serving, "/token", await codeFor(servers.serving, EMAIL, bound));
      expect(without).toMatchObject({ status: 400, body: { error: "invalid_grant" } });
      const form = await codeFor(servers.serving, EMAIL, bound);
      const stolen = await post(servers.serving, "/token", form, { dpop: proof({}, thief) });
      expect(stolen).toMatchObject({ status: 400, body: { error: "invalid_grant" } });
      const own = await codeFor(servers.serving, EMAIL, bound);
      expect((await post(servers.other, "/token", own, { dpop: proof() })).status).toBe(200);
      // Where nothing binds the code, whoever has it and the verifier may bring a key of his own.
      const plain = await codeFor(servers.serving, EMAIL);
      expect((await post(servers.serving, "/token", plain, { dpop: proof({}, thief) })).status).toBe(200);
    });

    it.runIf(isHere)("D11 a pushed request with one key's proof and another's thumbprint is refused", async () => {
      const url = `${servers.serving.issuer}/request`;
      const form = {
        client_id: "spa",
        response_type: "code",
        redirect_uri: REDIRECT,
        scope: "openid",
        code_challenge: "x".repeat(43),
        code_challenge_method: "S256",
      };
      const push = (jkt: string) =>
        post(servers.serving, "/request", { ...form, dpop_jkt: jkt }, { dpop: serverProof(holder, url) });
      expect((await push(thumbprintOf(thief))).status).toBe(400);
      expect((await push(thumbprintOf(holder))).status).toBe(201);
    });

    it.runIf(isHere)("D06 a public client's refresh token is bound to its key, and stays the same", async () => {
      const form = await codeFor(servers.serving, EMAIL);
      const { body } = await post(servers.serving, "/token", form, { dpop: proof() });
      const refresh = { grant_type: "refresh_token", client_id: "spa", refresh_token: String(body["refresh_token"]) };
      const ask = (headers: Record<string, string>, at = servers.serving) => post(at, "/token", refresh, headers);
      expect((await ask({})).status).toBe(400);
      expect((await ask({ dpop: proof({}, thief) })).status).toBe(400);
      for (const at of [servers.serving, servers.other, servers.serving]) {
        const again = await ask({ dpop: proof() }, at);
        expect([again.status, again.body["refresh_token"]]).toEqual([200, refresh.refresh_token]);
        expect(decodeJwt(String(again.body["access_token"]))["cnf"]).toEqual({ jkt: thumbprintOf(holder) });
      }
    });
  });

  describe("a client of profile fapi2", () => {
    const request = {
      client_id: "bank",
      response_type: "code",
      redirect_uri: REDIRECT,
      scope: "openid orders:read",
      code_challenge: "x".repeat(43),
      code_challenge_method: "S256",
    };
    const assertion = (changes: ProofChanges = {}, key = holder) => ({
      client_assertion_type: ASSERTION_TYPE,
      client_assertion: assertionOf(key, { issuer: servers.serving.issuer, id: "bank" }, changes),
    });
    const pushProof = (claims: Record<string, unknown> = {}) =>
      serverProof(holder, `${servers.serving.issuer}/request`, { claims });
    const push = (form: Record<string, string>, dpop?: string, at = servers.serving) =>
      post(at, "/request", { ...request, ...form }, dpop === undefined ? {} : { dpop });

    it.runIf(isHere)("D12 a nonce is demanded, comes with the refusal, and is taken by every server", async () => {
      const refused = await push(assertion(), pushProof());
      expect(refused).toMatchObject({ status: 400, body: { error: "use_dpop_nonce" } });
      const { nonce } = refused;
      expect((await push(assertion(), pushProof({ nonce }), servers.other)).status).toBe(201);
      for (const wrong of ["", "AAAA", `${nonce}A`]) {
        expect((await push(assertion(), pushProof({ nonce: wrong }))).body["error"]).toMatch(/use_dpop_nonce|proof/);
      }
      expect((await push(assertion())).status).toBe(201);
    });

    it.runIf(isHere)("D01 gets no token without a proof", async () => {
      const form = {
        grant_type: "authorization_code",
        code: "x",
        redirect_uri: REDIRECT,
        code_verifier: "y".repeat(43),
      };
      const { status, body } = await post(servers.serving, "/token", { ...form, ...assertion() });
      expect([status, body["error"]]).toEqual([400, "invalid_grant"]);
    });

    it.runIf(isHere)("A17 a request that was not pushed is refused", async () => {
      const url = `${servers.serving.issuer}/auth?${new URLSearchParams(request).toString()}`;
      const answer = await fetch(url, { redirect: "manual" });
      expect(answer.headers.get("location") ?? (await answer.text())).toMatch(/invalid_request/);
    });

    it.runIf(isHere).each<[string, Record<string, string>]>([
      ["A05 without a challenge", { code_challenge: "" }],
      ["A06 with a plain challenge", { code_challenge_method: "plain" }],
      ["A08 for a token", { response_type: "token" }],
      ["A08 for an ID token beside the code", { response_type: "code id_token" }],
    ])("%s a pushed request is refused", async (_name, change) => {
      const { nonce } = await push(assertion(), pushProof());
      expect((await push({ ...assertion(), ...change }, pushProof({ nonce }))).status).toBe(400);
    });

    const now = () => Math.floor(Date.now() / 1_000);
    it.runIf(isHere).each<[string, (issuer: string) => ProofChanges]>([
      ["signed by another key", () => ({ by: thief })],
      ["for another server", () => ({ claims: { aud: "https://other.example" } })],
      ["for the token endpoint", (issuer) => ({ claims: { aud: `${issuer}/token` } })],
      ["for a list", (issuer) => ({ claims: { aud: [issuer] } })],
      ["for nobody", () => ({ claims: { aud: undefined } })],
      ["of another client", () => ({ claims: { iss: "spa" } })],
      ["that has ended", () => ({ claims: { exp: now() - 60 } })],
      ["that never ends", () => ({ claims: { exp: undefined } })],
      ["for an hour", () => ({ claims: { exp: now() + 3_600 } })],
      ["that is not valid yet", () => ({ claims: { nbf: now() + 120 } })],
      ["without an id", () => ({ claims: { jti: undefined } })],
      ["with alg none", () => ({ header: { alg: "none" } })],
      ["with alg HS256", () => ({ header: { alg: "HS256" } })],
      ["with alg RS256", () => ({ header: { alg: "RS256" } })],
      ["with a key that it brings", () => ({ by: thief, header: { kid: undefined, jwk: bareKey(thief) } })],
    ])("T10 an assertion %s counts for nothing", async (_name, change) => {
      expect((await push(assertion(change(servers.serving.issuer)))).status).toBe(401);
      expect((await push(assertion())).status).toBe(201);
    });

    it.runIf(isHere)("T10 an assertion counts once, at whichever server", async () => {
      const once = assertion();
      const answers = await Promise.all(
        Array.from({ length: AT_ONCE }, (_, i) => push(once, undefined, i % 2 === 0 ? servers.serving : servers.other)),
      );
      expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
      expect(answers.filter(({ status }) => status === 201 || status === 400 || status === 401)).toHaveLength(AT_ONCE);
    });

    it.runIf(isHere)("T11 a secret in the place of the signature, or beside it, is refused", async () => {
      const secret = (await servers.serving.identity.clients.addSecret("bank")) as string;
      expect((await push({ client_secret: secret })).status).toBeGreaterThanOrEqual(400);
      expect((await push({ ...assertion(), client_secret: secret })).status).toBe(400);
      const authorization = `Basic ${Buffer.from(`bank:${secret}`).toString("base64")}`;
      expect((await post(servers.serving, "/request", request, { authorization })).status).toBe(401);
    });
  });

  it.runIf(isHere)(
    "T10 a machine may sign, too: with its key it gets a token, with a secret or another's key none",
    async () => {
      const ask = (key: TestKey) =>
        post(servers.serving, "/token", {
          ...machineForm,
          client_assertion_type: ASSERTION_TYPE,
          client_assertion: assertionOf(key, { issuer: servers.serving.issuer, id: "signing-job" }),
        });
      expect((await ask(holder)).status).toBe(200);
      expect((await ask(thief)).status).toBe(401);
      const secret = (await servers.serving.identity.clients.addSecret("signing-job")) as string;
      const authorization = `Basic ${Buffer.from(`signing-job:${secret}`).toString("base64")}`;
      expect((await post(servers.serving, "/token", machineForm, { authorization })).status).toBe(401);
    },
  );

  it.runIf(isHere)("a page of a client may send proofs and read nonces", async () => {
    const origin = "https://app.example.com";
    const asked = { origin, "access-control-request-method": "POST", "access-control-request-headers": "dpop" };
    const preflight = await fetch(tokenUrl(), { method: "OPTIONS", headers: asked });
    expect([preflight.status, preflight.headers.get("access-control-allow-headers")]).toEqual([204, "dpop"]);
    const body = new URLSearchParams(await codeFor(servers.serving, EMAIL));
    const answer = await fetch(tokenUrl(), { method: "POST", body, headers: { origin, dpop: proof() } });
    expect([answer.status, answer.headers.get("access-control-allow-origin")]).toEqual([200, origin]);
    expect(answer.headers.get("access-control-expose-headers")?.toLowerCase()).toContain("dpop-nonce");
  });

  it.runIf(isHere)("nothing of this was a fault of the server", () => {
    expect([...servers.serving.failures, ...servers.other.failures]).toEqual([]);
  });
});
