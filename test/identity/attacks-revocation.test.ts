// Attacks on the revocation endpoint, and on what must end (RFC 7009, 9700). The token endpoint: attacks-token.test.ts.
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { decodeJwt } from "jose";
import { beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { DATABASES, serversOn } from "./databases.ts";
import { askForTokens, authorize, discover, redeem, signUp } from "./flows.ts";
import { naiveServer } from "./naive-server.ts";
import type { Page, Person } from "./person.ts";
import { PASSWORD, type Serving } from "./serving.ts";

const basic = (id: string, secret: string) => `Basic ${Buffer.from(`${id}:${secret}`).toString("base64")}`;
const naive = naiveServer();

describe.each(DATABASES)("on $name", ({ kind }) => {
  const servers = serversOn(kind);
  describe.skipIf(!servers.isHere)("the revocation endpoint", () => {
    let serving: Serving;
    let jobSecret: string;
    let ended = 0;

    beforeAll(async () => {
      ({ serving } = servers);
      jobSecret = (await serving.identity.clients.addSecret("job")) as string;
      await signUp(serving, "ann@example.com");
    });

    async function tokens() {
      const config = await discover(serving, "spa");
      const given = await redeem(config, await authorize(config, "ann@example.com"));
      return { access: given.access_token, refresh: given.refresh_token as string };
    }

    function post(path: string, form: Readonly<Record<string, string>> | string, headers: Record<string, string> = {}) {
      const body = typeof form === "string" ? form : new URLSearchParams(form);
      return fetch(`${serving.issuer}${path}`, { method: "POST", body, headers });
    }

    describe("revocation", () => {
      const feed = () => serving.identity.revocations.since(0);
      it("T19 a revoked access token is in the feed of the gates", async () => {
        const { access } = await tokens();
        expect((await post("/token/revocation", { token: access, client_id: "spa" })).status).toBe(200);
        expect(await feed()).toContainEqual(expect.objectContaining({ kind: "token", value: decodeJwt(access).jti }));
      });
      it("has nothing to say, of no type: oidc-client-ts takes one that is not JSON for a failure", async () => {
        const { access, refresh } = await tokens();
        for (const token of [access, refresh, "unknown"]) {
          const answer = await post("/token/revocation", { token, client_id: "spa" });
          const type = answer.headers.get("content-type");
          expect([answer.status, type, await answer.text()]).toEqual([200, null, ""]);
        }
      });
      it("T18 another client's token stays, and the answer does not tell", async () => {
        const others = await naive().refreshForm();
        await naive().post("/token/revocation", { token: others.refresh_token, client_id: "job" });
        expect((await askForTokens(naive(), others)).status).toBe(400);
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
        await naive().post("/token/revocation", { token: forged });
        expect(naive().revoked).toContain("somebody-elses");
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
        const form = { grant_type: "refresh_token", client_id: "spa", refresh_token: given.refresh_token as string };
        expect((await askForTokens(naive(), await naive().refreshForm())).status).toBe(200);
        expect((await askForTokens(serving, form)).body["error"]).toBe("invalid_grant");
      });
      it.each<[string, (person: Person) => Promise<Page>]>([
        [
          "signed out",
          async (person) => person.submit(await person.open(`${serving.issuer}/session/end`), { logout: "yes" }),
        ],
        [
          "changed the password",
          async (person) =>
            person.submit(await person.open(`${serving.issuer}/account/password`), {
              old: PASSWORD,
              password: "another long sentence",
            }),
        ],
      ])("T09 no refresh token works after its holder %s", async (_what, ends) => {
        expect((await askForTokens(naive(), await naive().refreshForm())).status).toBe(200);
        const email = `ends-${(ended += 1)}@example.com`;
        await signUp(serving, email);
        const config = await discover(serving, "spa");
        const authorized = await authorize(config, email);
        const given = await redeem(config, authorized);
        const page = await authorized.person.open(`${serving.issuer}/account`);
        if (page.text.includes('name="password"')) await authorized.person.submit(page, { email, password: PASSWORD });
        const done = await ends(authorized.person);
        expect(done.text).toMatch(/You are signed out|Your password is changed/);
        const form = { grant_type: "refresh_token", client_id: "spa", refresh_token: given.refresh_token as string };
        expect(await askForTokens(serving, form)).toMatchObject({ status: 400, body: { error: "invalid_grant" } });
      });
      it("T20 nobody registers clients", async () => {
        expect((await naive().post("/reg", { redirect_uris: "https://evil.example/" })).status).toBe(201);
        const body = JSON.stringify({ redirect_uris: ["https://evil.example/"] });
        expect((await post("/reg", body, { "content-type": "application/json" })).status).toBe(404);
      });
      it("T20 nobody has this server fetch keys from an address of its own network", async () => {
        let fetched = 0;
        const inner = createServer((_request, response) => {
          fetched += 1;
          response.end('{"keys":[]}');
        }).listen(0, "127.0.0.1");
        await once(inner, "listening");
        onTestFinished(() => void inner.close());
        const jwks_uri = `http://127.0.0.1:${(inner.address() as AddressInfo).port}/jwks`;
        await naive().post("/reg", { jwks_uri });
        expect(fetched).toBe(1);
        await post("/reg", JSON.stringify({ jwks_uri }), { "content-type": "application/json" });
        const form = { grant_type: "client_credentials", client_id: "job", jwks_uri };
        await post("/token", form, { authorization: basic("job", jobSecret) });
        expect(fetched).toBe(1);
      });
    });

    it("nothing of this was a fault of the server", () => expect(serving.failures).toEqual([]));
  });
});
