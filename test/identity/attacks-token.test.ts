// Attacks on the token and revocation endpoints (RFC 6749, 7009, 9700). T01, T02, T06 and T07: single-use.test.ts.
import { decodeJwt } from "jose";
import { beforeAll, describe, expect, it } from "vitest";
import { DATABASES, serversOn } from "./databases.ts";
import { askForTokens, authorize, discover, redeem, signUp } from "./flows.ts";
import { AUDIENCE, REDIRECT, type Serving } from "./serving.ts";

const basic = (id: string, secret: string) => `Basic ${Buffer.from(`${id}:${secret}`).toString("base64")}`;

describe.each(DATABASES)("on $name", ({ kind }) => {
  const servers = serversOn(kind);
  describe.skipIf(!servers.isHere)("the token endpoint", () => {
    let serving: Serving;
    let backendSecret: string;
    let jobSecret: string;

    beforeAll(async () => {
      ({ serving } = servers);
      backendSecret = (await serving.identity.clients.addSecret("backend")) as string;
      jobSecret = (await serving.identity.clients.addSecret("job")) as string;
      await signUp(serving, "ann@example.com");
    });

    async function codeForm(): Promise<Record<string, string>> {
      const authorized = await authorize(await discover(serving, "spa"), "ann@example.com");
      return {
        grant_type: "authorization_code",
        client_id: "spa",
        redirect_uri: REDIRECT,
        code: authorized.back.searchParams.get("code") as string,
        code_verifier: authorized.verifier,
      };
    }

    async function tokens() {
      const config = await discover(serving, "spa");
      const given = await redeem(config, await authorize(config, "ann@example.com"));
      return { access: given.access_token, refresh: given.refresh_token as string };
    }

    function post(path: string, form: Readonly<Record<string, string>> | string, headers: Record<string, string> = {}) {
      const body = typeof form === "string" ? form : new URLSearchParams(form);
      return fetch(`${serving.issuer}${path}`, { method: "POST", body, headers });
    }

    describe("codes", () => {
      it.each<[string, Record<string, string>]>([
        ["T03 another redirect URI", { redirect_uri: "https://app.example.com/other" }],
        ["T04 a wrong verifier", { code_verifier: "x".repeat(43) }],
        ["T04 no verifier", { code_verifier: "" }],
        ["T04 a short verifier", { code_verifier: "x".repeat(42) }],
      ])("%s redeems nothing", async (_name, change) => {
        const form = await codeForm();
        const refused = await askForTokens(serving, { ...form, ...change });
        expect(refused.status).toBe(400);
        expect(refused.body).not.toHaveProperty("access_token");
      });
      it("T03 another client redeems nothing", async () => {
        const { client_id: _, ...form } = await codeForm();
        const answer = await post("/token", form, { authorization: basic("backend", backendSecret) });
        expect(answer.status).toBe(400);
      });
    });

    it("T05 there is no code without a challenge, so no verifier is ever without one", async () => {
      const { code_verifier: _, ...form } = await codeForm();
      expect((await askForTokens(serving, form)).status).toBe(400);
      const pushed = { client_id: "spa", response_type: "code", redirect_uri: REDIRECT, scope: "openid" };
      expect((await post("/request", pushed)).status).toBe(400);
    });

    describe("refresh tokens", () => {
      it.each<[string, Record<string, string>]>([
        ["T08 a wider scope", { scope: "orders:read orders:write" }],
        ["T08 another resource", { resource: "https://other.example.com" }],
      ])("%s is refused", async (_name, change) => {
        const { refresh } = await tokens();
        const form = { grant_type: "refresh_token", client_id: "spa", refresh_token: refresh, ...change };
        expect((await askForTokens(serving, form)).status).toBe(400);
      });
      it("T08 another client is refused", async () => {
        const { refresh } = await tokens();
        const answer = await post(
          "/token",
          { grant_type: "refresh_token", refresh_token: refresh },
          { authorization: basic("backend", backendSecret) },
        );
        expect(answer.status).toBe(400);
      });
      it("T09 none works after the account was disabled", async () => {
        await signUp(serving, "dan@example.com");
        const config = await discover(serving, "spa");
        const given = await redeem(config, await authorize(config, "dan@example.com"));
        const { sub } = decodeJwt(given.access_token);
        await serving.identity.accountStore.setStatus(sub as string, "disabled");
        const form = { grant_type: "refresh_token", client_id: "spa", refresh_token: given.refresh_token as string };
        expect((await askForTokens(serving, form)).status).toBe(400);
      });
    });

    describe("client authentication", () => {
      const machine = { grant_type: "client_credentials", scope: "orders:read" };
      it("T10 a confidential client without its secret is refused", async () => {
        expect((await post("/token", { ...machine, client_id: "job" })).status).toBe(401);
        expect((await post("/token", machine, { authorization: basic("job", jobSecret) })).status).toBe(200);
      });
      it("T11 a secret in the query counts for nothing", async () => {
        const query = new URLSearchParams({ client_id: "job", client_secret: jobSecret });
        expect((await post(`/token?${query.toString()}`, machine)).status).toBeGreaterThanOrEqual(400);
      });
      it("T11 two methods at once are refused", async () => {
        const form = { ...machine, client_id: "job", client_secret: jobSecret };
        expect((await post("/token", form, { authorization: basic("job", jobSecret) })).status).toBe(400);
      });
      it.each([
        ["padded", (text: string) => `${text}===`],
        ["with spaces", (text: string) => text.replace("Basic ", "Basic   ")],
      ])("T11 Basic %s is not given the benefit of the doubt", async (_name, loosen) => {
        const answer = await post("/token", machine, { authorization: loosen(basic("job", "wrong")) });
        expect(answer.status).toBeGreaterThanOrEqual(400);
      });
      it("T17 an unknown client and a wrong secret are told apart by nobody", async () => {
        const unknown = await post("/token", machine, { authorization: basic("nobody", "x".repeat(43)) });
        const wrong = await post("/token", machine, { authorization: basic("job", "x".repeat(43)) });
        expect([unknown.status, await unknown.json()]).toEqual([wrong.status, await wrong.json()]);
      });
      it("two secrets are valid at a time, so that one can be exchanged", async () => {
        const second = (await serving.identity.clients.addSecret("job")) as string;
        for (const secret of [jobSecret, second]) {
          expect((await post("/token", machine, { authorization: basic("job", secret) })).status).toBe(200);
        }
        const third = (await serving.identity.clients.addSecret("job")) as string;
        expect((await post("/token", machine, { authorization: basic("job", jobSecret) })).status).toBe(401);
        jobSecret = third;
      });
    });

    describe("requests", () => {
      it("T12 GET, JSON and 2 MB are refused", async () => {
        expect((await fetch(`${serving.issuer}/token?grant_type=client_credentials`)).status).toBeGreaterThanOrEqual(
          400,
        );
        const json = await post("/token", JSON.stringify({ grant_type: "client_credentials" }), {
          "content-type": "application/json",
          authorization: basic("job", jobSecret),
        });
        expect(json.status).toBe(400);
        const large = await post(
          "/token",
          { grant_type: "client_credentials", scope: "x".repeat(2_000_000) },
          { authorization: basic("job", jobSecret) },
        ).catch(() => undefined);
        expect(large === undefined || large.status >= 400).toBe(true);
      });
      it.each(["password", "implicit", "urn:ietf:params:oauth:grant-type:jwt-bearer"])(
        "T13 the grant %s is not there",
        async (grant) => {
          const form = { grant_type: grant, client_id: "spa", username: "ann@example.com", password: "x" };
          expect((await askForTokens(serving, form)).body).toMatchObject({ error: "unsupported_grant_type" });
        },
      );
      it("T14 client credentials never carry a user's scopes or roles", async () => {
        const answer = await post(
          "/token",
          { grant_type: "client_credentials", scope: "orders:read orders:write openid" },
          { authorization: basic("job", jobSecret) },
        );
        const given = (await answer.json()) as Record<string, unknown>;
        // What is less than was asked for is told (RFC 6749 5.1).
        expect(given["scope"]).toBe("orders:read");
        const claims = decodeJwt(String(given["access_token"]));
        expect(claims).toMatchObject({ sub: "job", scope: "orders:read" });
        expect(claims).not.toHaveProperty("roles");
      });
      it.each(["orders:write", "orders:write openid", "unheard-of", "orders:rea orders:read2"])(
        "T14 client credentials for %s, which the client may not have, are refused",
        async (scope) => {
          const form = { grant_type: "client_credentials", scope };
          const answer = await post("/token", form, { authorization: basic("job", jobSecret) });
          expect([answer.status, await answer.json()]).toEqual([
            400,
            expect.objectContaining({ error: "invalid_scope" }),
          ]);
        },
      );
      it("client credentials without a scope give a token without one", async () => {
        const form = { grant_type: "client_credentials" };
        const answer = await post("/token", form, { authorization: basic("job", jobSecret) });
        expect(answer.status).toBe(200);
        expect(
          decodeJwt(String(((await answer.json()) as Record<string, unknown>)["access_token"]))["scope"],
        ).toBeUndefined();
      });
      it("T15 answers with tokens are stored by nobody", async () => {
        const answer = await post(
          "/token",
          { grant_type: "client_credentials" },
          { authorization: basic("job", jobSecret) },
        );
        expect(answer.headers.get("cache-control")).toContain("no-store");
      });
      it("T16 codes and refresh tokens have at least 128 bit", async () => {
        const codes = await Promise.all([codeForm(), codeForm(), codeForm()]);
        const texts = codes.map(({ code = "" }) => code);
        expect(new Set(texts).size).toBe(3);
        for (const text of texts) expect(text).toMatch(/^[\w-]{40,}$/);
        expect((await tokens()).refresh).toMatch(/^[\w-]{40,}$/);
      });
    });

    describe("revocation", () => {
      const feed = () => serving.identity.revocations.since(0);
      it("T19 a revoked access token is in the feed of the gates", async () => {
        const { access } = await tokens();
        expect((await post("/token/revocation", { token: access, client_id: "spa" })).status).toBe(200);
        expect(await feed()).toContainEqual(expect.objectContaining({ kind: "token", value: decodeJwt(access).jti }));
      });
      it("T18 another client's token stays, and the answer does not tell", async () => {
        const { access, refresh } = await tokens();
        const answer = await post("/token/revocation", { token: access }, { authorization: basic("job", jobSecret) });
        expect(answer.status).toBe(200);
        expect(await feed()).not.toContainEqual(expect.objectContaining({ value: decodeJwt(access).jti }));
        await post("/token/revocation", { token: refresh }, { authorization: basic("job", jobSecret) });
        const form = { grant_type: "refresh_token", client_id: "spa", refresh_token: refresh };
        expect((await askForTokens(serving, form)).status).toBe(200);
      });
      it("T18 a token with a forged signature revokes nothing", async () => {
        const { access } = await tokens();
        const [head, , signature] = access.split(".");
        const claims = { ...decodeJwt(access), jti: "somebody-elses" };
        const forged = `${head}.${Buffer.from(JSON.stringify(claims)).toString("base64url")}.${signature}`;
        expect((await post("/token/revocation", { token: forged, client_id: "spa" })).status).toBe(200);
        expect(await feed()).not.toContainEqual(expect.objectContaining({ value: "somebody-elses" }));
      });
      it("T09 signing out ends the refresh token, and the grant is in the feed", async () => {
        const config = await discover(serving, "spa");
        const authorized = await authorize(config, "ann@example.com");
        const given = await redeem(config, authorized);
        const page = await authorized.person.open(`${serving.issuer}/session/end?client_id=spa`);
        const out = await authorized.person.submit(page, { logout: "yes" });
        expect(out.text).toContain("You are signed out");
        expect(await feed()).toContainEqual(
          expect.objectContaining({ kind: "session", value: decodeJwt(given.access_token)["sid"] }),
        );
      });
      it("T20 nobody registers clients", async () => {
        const body = JSON.stringify({ redirect_uris: ["https://evil.example/"] });
        expect((await post("/reg", body, { "content-type": "application/json" })).status).toBe(404);
      });
    });

    it("the audience is the API's", async () => {
      expect(decodeJwt((await tokens()).access).aud).toBe(AUDIENCE);
      expect(serving.failures).toEqual([]);
    });
  });
});
