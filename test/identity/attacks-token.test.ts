// Attacks on the token and revocation endpoints (RFC 6749, 7009, 9700). T01, T02, T06 and T07: single-use.test.ts.
import { decodeJwt } from "jose";
import { beforeAll, describe, expect, it } from "vitest";
import { DATABASES, serversOn } from "./databases.ts";
import { askForTokens, authorize, discover, redeem, signUp } from "./flows.ts";
import { naiveServer } from "./naive-server.ts";
import { AUDIENCE, REDIRECT, type Serving } from "./serving.ts";

const basic = (id: string, secret: string) => `Basic ${Buffer.from(`${id}:${secret}`).toString("base64")}`;

const naive = naiveServer();

/** What nothing guards gives a token for it. */
async function worksUnguarded(form: Readonly<Record<string, string>>): Promise<Record<string, unknown>> {
  const { status, body } = await askForTokens(naive(), form);
  expect([status, body]).toEqual([200, expect.objectContaining({ access_token: expect.any(String) as string })]);
  return body;
}

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
        await worksUnguarded({ ...(await naive().codeForm()), ...change });
        const form = await codeForm();
        const refused = await askForTokens(serving, { ...form, ...change });
        expect(refused.status).toBe(400);
        expect(refused.body).not.toHaveProperty("access_token");
      });
      it("T03 one that comes late redeems nothing", async () => {
        // It keeps no time: a code that a log or a history still has is as good as new.
        await worksUnguarded(await naive().codeForm());
        const form = await codeForm();
        servers.aheadMs += 61_000;
        const refused = await askForTokens(serving, form);
        expect(refused).toMatchObject({ status: 400, body: { error: "invalid_grant" } });
      });
      it("T03 another client redeems nothing", async () => {
        await worksUnguarded({ ...(await naive().codeForm()), client_id: "backend" });
        const { client_id: _, ...form } = await codeForm();
        const answer = await post("/token", form, { authorization: basic("backend", backendSecret) });
        expect(answer.status).toBe(400);
      });
    });

    it("T05 there is no code without a challenge, so no verifier is ever without one", async () => {
      await worksUnguarded({ ...(await naive().codeForm()), code_verifier: "x".repeat(43) });
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
        const wished = decodeJwt(
          String((await worksUnguarded({ ...(await naive().refreshForm()), ...change }))["access_token"]),
        );
        expect(change["scope"] ?? change["resource"]).toBe(
          change["scope"] === undefined ? wished.aud : wished["scope"],
        );
        const { refresh } = await tokens();
        const form = { grant_type: "refresh_token", client_id: "spa", refresh_token: refresh, ...change };
        expect((await askForTokens(serving, form)).status).toBe(400);
      });
      it("T08 another client is refused", async () => {
        await worksUnguarded({ ...(await naive().refreshForm()), client_id: "backend" });
        const { refresh } = await tokens();
        const answer = await post(
          "/token",
          { grant_type: "refresh_token", refresh_token: refresh },
          { authorization: basic("backend", backendSecret) },
        );
        expect(answer.status).toBe(400);
      });
      it("T09 none works after the account was disabled", async () => {
        // It never asks whose it is: the account need not even be there.
        await worksUnguarded(await naive().refreshForm());
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
        await worksUnguarded({ ...machine, client_id: "job" });
        expect((await post("/token", { ...machine, client_id: "job" })).status).toBe(401);
        expect((await post("/token", machine, { authorization: basic("job", jobSecret) })).status).toBe(200);
      });
      it("T11 a secret in the query counts for nothing", async () => {
        const query = new URLSearchParams({ client_id: "job", client_secret: jobSecret });
        expect((await naive().post(`/token?${query.toString()}`, machine)).status).toBe(200);
        expect((await post(`/token?${query.toString()}`, machine)).status).toBeGreaterThanOrEqual(400);
      });
      it("T11 two methods at once are refused", async () => {
        const form = { ...machine, client_id: "job", client_secret: jobSecret };
        expect((await naive().post("/token", form, { authorization: basic("job", "another") })).status).toBe(200);
        expect((await post("/token", form, { authorization: basic("job", jobSecret) })).status).toBe(400);
      });
      it.each([
        ["padded", (text: string) => `${text}===`],
        ["with spaces", (text: string) => text.replace("Basic ", "Basic   ")],
      ])("T11 Basic %s is not given the benefit of the doubt", async (_name, loosen) => {
        const authorization = loosen(basic("job", "wrong"));
        expect((await naive().post("/token", machine, { authorization })).status).toBe(200);
        const answer = await post("/token", machine, { authorization });
        expect(answer.status).toBeGreaterThanOrEqual(400);
      });
      it("T17 an unknown client and a wrong secret are told apart by nobody", async () => {
        const told = [
          await askForTokens(naive(), { ...machine, client_id: "nobody", client_secret: "wrong" }),
          await askForTokens(naive(), { ...machine, client_id: "job", client_secret: "wrong" }),
        ];
        expect(told.map(({ body }) => body["error"])).toEqual(["there is no such client", "wrong secret"]);
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
        const asJson = { method: "POST", headers: { "content-type": "application/json" } };
        const taken = [
          await fetch(`${naive().issuer}/token?grant_type=client_credentials`),
          await fetch(`${naive().issuer}/token`, { ...asJson, body: '{"grant_type":"client_credentials"}' }),
          await naive().post("/token", { grant_type: "client_credentials", code: "x".repeat(2_000_000) }),
        ];
        expect(taken.map(({ status }) => status)).toEqual([200, 200, 200]);
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
          await worksUnguarded(form);
          expect((await askForTokens(serving, form)).body).toMatchObject({ error: "unsupported_grant_type" });
        },
      );
      it("T14 client credentials never carry a user's scopes or roles", async () => {
        const wished = await worksUnguarded({ grant_type: "client_credentials", scope: "orders:write openid" });
        expect(decodeJwt(String(wished["access_token"]))).toMatchObject({ sub: "ann", scope: "orders:write openid" });
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
          expect((await worksUnguarded(form))["scope"]).toBe(scope);
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
        const stored = await naive().post("/token", { grant_type: "client_credentials" });
        expect(stored.headers.get("cache-control")).toBeNull();
        const answer = await post(
          "/token",
          { grant_type: "client_credentials" },
          { authorization: basic("job", jobSecret) },
        );
        expect(answer.headers.get("cache-control")).toContain("no-store");
      });
      it("T16 codes and refresh tokens have at least 128 bit", async () => {
        // Who has one guesses the next: somebody else's.
        const { code: mine = "" } = await naive().codeForm();
        await naive().codeForm();
        await worksUnguarded({ grant_type: "authorization_code", code: String(Number(mine) + 1) });
        const codes = await Promise.all([codeForm(), codeForm(), codeForm()]);
        const texts = codes.map(({ code = "" }) => code);
        expect(new Set(texts).size).toBe(3);
        for (const text of texts) expect(text).toMatch(/^[\w-]{40,}$/);
        expect((await tokens()).refresh).toMatch(/^[\w-]{40,}$/);
      });
    });

    it("the audience is the API's", async () => {
      expect(decodeJwt((await tokens()).access).aud).toBe(AUDIENCE);
      expect(serving.failures).toEqual([]);
    });
  });
});
