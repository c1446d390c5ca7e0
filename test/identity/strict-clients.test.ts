// Two strict clients, oauth4webapi and openid-client, complete every flow through the gateway, on both databases: what they accept is the protocol.
import * as oauth from "oauth4webapi";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { DATABASES } from "./databases.ts";
import { signUp } from "./flows.ts";
import { naiveServer } from "./naive-server.ts";
import { Person } from "./person.ts";
import { postgresPrograms, type RunningPostgres, startPostgres } from "./postgres.ts";
import { PASSWORD } from "./serving.ts";
import { SIGNED_OUT, Site } from "./site.ts";
import { INSECURE, LIBRARIES, STATE, type StrictClient } from "./strict-client.ts";

const naive = naiveServer();

// The gateway and a database start first.

const APPLICATION = "https://app.example.com";
const EVERYTHING = "openid email offline_access orders:read";
const EMAIL = "ann@example.com";

describe.each(DATABASES)("through the gateway, on $name", ({ kind }) => {
  const isHere = kind === "sqlite" || postgresPrograms() !== undefined;
  let postgres: RunningPostgres | undefined;
  let site: Site;
  const secrets: Record<string, string> = {};

  beforeAll(async () => {
    if (!isHere) return;
    if (kind === "postgresql") postgres = await startPostgres(postgresPrograms() as string);
    site = await Site.make({ database: postgres?.database("identity"), gateway: true });
    await site.startGateway();
    await signUp(site, EMAIL);
    for (const id of ["backend", "job"]) {
      secrets[id] = (
        JSON.parse(await site.run("identity", "client", "secret", id, "--json")) as { secret: string }
      ).secret;
    }
  });

  afterAll(async () => {
    await site?.close();
    await postgres?.stop();
  });

  it.runIf(isHere)("both kinds of discovery say the same, and what is not offered is not said", async () => {
    const issuer = new URL(site.issuer);
    const documents = [];
    for (const algorithm of ["oauth2", "oidc"] as const) {
      const answer = await oauth.discoveryRequest(issuer, { algorithm, ...INSECURE });
      documents.push(await oauth.processDiscoveryResponse(issuer, answer));
    }
    expect(documents[0]).toEqual(documents[1]);
    expect(documents[0]).toMatchObject({
      authorization_response_iss_parameter_supported: true,
      code_challenge_methods_supported: ["S256"],
      response_types_supported: ["code"],
      id_token_signing_alg_values_supported: ["ES256"],
    });
    const grants = ["authorization_code", "client_credentials", "refresh_token"];
    expect([...(documents[0]?.grant_types_supported ?? [])].sort()).toEqual(grants);
    expect(documents[0]).not.toHaveProperty("registration_endpoint");
  });

  describe.each(LIBRARIES)("by $library", (strict) => {
    /** Each signs in with a browser of its own. */
    const open = (id: "spa" | "backend" | "job", how: "none" | "basic" | "post" = "none"): Promise<StrictClient> => {
      const secret = secrets[id] ?? "";
      const { library, ...made } = strict;
      if (library === "oauth4webapi")
        return made.open(site.issuer, id, how === "none" ? made.none() : made[how](secret));
      return made.open(site.issuer, id, how === "none" ? made.none() : made[how](secret));
    };

    const allow = async (url: string, person = new Person(APPLICATION), answer = "allow") => {
      const consent = await person.submit(await person.open(url), { email: EMAIL, password: PASSWORD }, {}, "/sign-in");
      return { person, back: new URL((await person.submit(consent, { answer })).url) };
    };

    it.runIf(isHere).each([
      ["public", "spa", "none"],
      ["confidential, secret in the head", "backend", "basic"],
      ["confidential, secret in the body", "backend", "post"],
    ] as const)("a %s client: code, refresh, revocation", async (_profile, id, how) => {
      const client = await open(id, how);
      const { url, verifier } = await client.authorize(EVERYTHING);
      const { back } = await allow(url);
      expect(back.searchParams.get("iss")).toBe(site.issuer);
      const first = await client.redeem(back, verifier);
      expect(first).toMatchObject({ scope: "orders:read", refresh: expect.any(String), subject: expect.any(String) });
      const next = await client.refresh(first.refresh as string);
      expect(next.refresh).not.toBe(first.refresh);
      await client.revoke(next.access);
      await client.revoke(next.refresh as string);
      await expect(client.refresh(next.refresh as string)).rejects.toMatchObject({ error: "invalid_grant" });
    });

    it.runIf(isHere)("a request that was pushed", async () => {
      const client = await open("backend", "basic");
      const { url, verifier } = await client.push(EVERYTHING);
      expect(new URL(url).searchParams.get("scope")).toBeNull();
      const { back } = await allow(url);
      expect((await client.redeem(back, verifier)).scope).toBe("orders:read");
    });

    it.runIf(isHere)("a machine, and what is said of its token before and after revocation", async () => {
      const client = await open("job", "basic");
      const { access, scope } = await client.clientCredentials();
      expect(scope).toBe("orders:read");
      expect(await client.introspect(access)).toMatchObject({ active: true, client_id: "job", scope: "orders:read" });
      await client.revoke(access);
      expect(await client.introspect(access)).toEqual({ active: false });
    });

    it.runIf(isHere)(
      "T18 introspection: own tokens of a client with a secret, nobody else's, and none by a public one",
      async () => {
        const asked = await naive().post("/token/introspection", { token: "somebody's", client_id: "job" });
        expect(await asked.json()).toMatchObject({ active: true, sub: "ann" });
        const [backend, job, spa] = [await open("backend", "basic"), await open("job", "basic"), await open("spa")];
        const { url, verifier } = await backend.authorize(EVERYTHING);
        const { back } = await allow(url);
        const given = await backend.redeem(back, verifier);
        for (const token of [given.access, given.refresh as string]) {
          expect(await backend.introspect(token)).toMatchObject({
            active: true,
            client_id: "backend",
            sub: given.subject,
          });
          expect(await job.introspect(token)).toEqual({ active: false });
          expect(await spa.introspect(token)).toEqual({ active: false });
        }
        // The whole family ends: the access token too, although it is signed.
        await backend.revoke(given.refresh as string);
        expect(await backend.introspect(given.access)).toEqual({ active: false });
        expect(await backend.introspect("not a token")).toEqual({ active: false });
        expect(await backend.introspect(given.access.replace(/.$/, (last) => (last === "A" ? "Q" : "A")))).toEqual({
          active: false,
        });
      },
    );

    it.runIf(isHere)("userinfo, for a client that asks about the account only", async () => {
      const client = await open("spa");
      const { url, verifier } = await client.authorize("openid email");
      const { back } = await allow(url);
      const { access, subject } = await client.redeem(back, verifier);
      expect(await client.userinfo(access, subject as string)).toEqual({
        sub: subject,
        email: EMAIL,
        email_verified: true,
      });
      await expect(client.userinfo(access, "somebody else")).rejects.toMatchObject({
        code: "OAUTH_JSON_ATTRIBUTE_COMPARISON_FAILED",
      });
    });

    it.runIf(isHere)("userinfo beside the API: a refresh asks for less", async () => {
      const client = await open("spa");
      const { url, verifier } = await client.authorize(EVERYTHING);
      const { back } = await allow(url);
      const { access, refresh, subject } = await client.redeem(back, verifier);
      await expect(client.userinfo(access, subject as string)).rejects.toMatchObject({ status: 401 });
      const about = await client.refresh(refresh as string, "openid email");
      expect(await client.userinfo(about.access, subject as string)).toMatchObject({ email: EMAIL });
    });

    it.runIf(isHere)("signing out, and back to the application", async () => {
      const client = await open("spa");
      const { url, verifier } = await client.authorize(EVERYTHING);
      const { person, back } = await allow(url);
      const { idToken, refresh } = await client.redeem(back, verifier);
      const page = await person.open(client.signOut(idToken as string));
      const left = await person.submit(page, { logout: "yes" });
      expect(left.url).toBe(`${SIGNED_OUT}?state=${new URLSearchParams({ "": STATE }).toString().slice(1)}`);
      const again = await client.authorize(EVERYTHING, { prompt: "none" });
      const silent = new URL((await person.open(again.url)).url);
      await expect(client.redeem(silent, again.verifier)).rejects.toMatchObject({ error: "login_required" });
      await expect(client.refresh(refresh as string)).rejects.toMatchObject({ error: "invalid_grant" });
    });

    it.runIf(isHere)(
      "errors: what the holder refused, a code used twice, a wrong verifier, a wrong secret",
      async () => {
        const client = await open("spa");
        const refused = await client.authorize(EVERYTHING);
        const { back: denied } = await allow(refused.url, new Person(APPLICATION), "deny");
        expect(denied.searchParams.get("iss")).toBe(site.issuer);
        await expect(client.redeem(denied, refused.verifier)).rejects.toMatchObject({ error: "access_denied" });
        const { url, verifier } = await client.authorize(EVERYTHING);
        const { back } = await allow(url);
        await expect(client.redeem(back, oauth.generateRandomCodeVerifier())).rejects.toMatchObject({
          error: "invalid_grant",
        });
        const once = await client.authorize(EVERYTHING);
        const { back: used } = await allow(once.url);
        await client.redeem(used, once.verifier);
        await expect(client.redeem(used, once.verifier)).rejects.toMatchObject({ error: "invalid_grant" });
        // Whoever stole a code and guesses spoils nothing for its owner.
        expect((await client.redeem(back, verifier)).scope).toBe("orders:read");
        const right = secrets["job"];
        secrets["job"] = "wrong";
        const stranger = await open("job", "basic");
        secrets["job"] = right ?? "";
        await expect(stranger.clientCredentials()).rejects.toMatchObject({ status: 401 });
      },
    );
  });
});
