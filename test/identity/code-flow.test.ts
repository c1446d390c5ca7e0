// Sign-up, sign-in, consent and tokens, as a strict client and a person with a browser go through them.
import { createLocalJWKSet, decodeJwt, jwtVerify } from "jose";
import * as client from "openid-client";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { authorize, discover, redeem, signUp } from "./flows.ts";
import { AUDIENCE, declareClients, serveIdentity, type Serving } from "./serving.ts";

let serving: Serving;

beforeAll(async () => {
  serving = await serveIdentity();
  await declareClients(serving.identity);
});

afterAll(() => serving.close());

describe("authorization code with PKCE", () => {
  it("signs up, signs in, consents, and gives tokens that the API's gate takes", async () => {
    await signUp(serving, "ann@example.com");
    const config = await discover(serving, "spa");
    const authorized = await authorize(config, "Ann@Example.com");
    expect(authorized.pages.signIn).toContain("The &lt;app&gt;");
    expect(authorized.pages.consent).toContain("<li>See &quot;your&quot; &lt;orders&gt; <code>orders:read</code></li>");
    expect(authorized.pages.consent).toContain("<li>Know which account you have here <code>openid</code></li>");
    const tokens = await redeem(config, authorized);
    const jwks = (await (await fetch(config.serverMetadata().jwks_uri as string)).json()) as { keys: [] };
    const verified = await jwtVerify(tokens.access_token, createLocalJWKSet(jwks), {
      issuer: serving.issuer,
      audience: AUDIENCE,
      typ: "at+jwt",
      algorithms: ["ES256"],
    });
    expect(verified.payload).toMatchObject({ client_id: "spa", scope: "orders:read", roles: [] });
    expect(verified.payload.sub).toBe(tokens.claims()?.sub);
    const refreshed = await client.refreshTokenGrant(config, tokens.refresh_token as string);
    expect(decodeJwt(refreshed.access_token).sub).toBe(verified.payload.sub);
    expect(serving.failures).toEqual([]);
  });

  it("client credentials carry no user", async () => {
    const secret = await serving.identity.clients.addSecret("job");
    const config = await discover(serving, "job", secret);
    const tokens = await client.clientCredentialsGrant(config, { scope: "orders:read" });
    const claims = decodeJwt(tokens.access_token);
    expect(claims).toMatchObject({ sub: "job", client_id: "job", scope: "orders:read" });
    expect(claims).not.toHaveProperty("roles");
    await expect(client.clientCredentialsGrant(await discover(serving, "job", "wrong"), {})).rejects.toThrow(
      "server responded",
    );
  });
});
