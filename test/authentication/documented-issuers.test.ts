// Tokens shaped as Auth0, Entra ID, Okta and Cognito document theirs: access tokens pass by their preset, ID tokens never do (J23).
import { beforeAll, describe, expect, it } from "vitest";
import type { JwtAuthenticatorOptions } from "../../src/authentication/jwt-options.ts";
import type { TokenPreset } from "../../src/authentication/token-profile.ts";
import { FakeTime } from "./fake-time.ts";
import { AUDIENCE, type Claims, forge, ISSUER, makeKey, type TestKey } from "./issuer.ts";
import { accepted, authenticatorOf, denied, keysOf, verdict } from "./judging.ts";

interface Tokens {
  readonly header: Claims;
  readonly user: Claims;
  readonly client: Claims;
  /** An ID token, with the API as its audience: the worst case, where one application is both. */
  readonly id: Claims;
}

const PERSON = { name: "Sue", email: "sue@example.com", nonce: "n-0S6" };

const TOKENS: Readonly<Record<Exclude<TokenPreset, "rfc9068" | "keycloak" | "hydra">, Tokens>> = {
  auth0: {
    header: { typ: "JWT" },
    user: {
      sub: "auth0|1",
      aud: [AUDIENCE, `${ISSUER}userinfo`],
      azp: "web",
      scope: "openid orders:read",
      permissions: ["orders:refund"],
    },
    client: { sub: "job@clients", aud: AUDIENCE, azp: "job", scope: "orders:read", gty: "client-credentials" },
    id: { sub: "auth0|1", aud: AUDIENCE, sid: "s1", permissions: ["orders:refund"], ...PERSON },
  },
  entra: {
    header: { typ: "JWT", x5t: "i6lGk3FZzxRcUb2C3nEQ7syHJlY" },
    user: {
      sub: "AAAAAAAA",
      aud: AUDIENCE,
      azp: "web",
      azpacr: "0",
      oid: "690222be",
      scp: "orders:read profile",
      roles: ["support"],
      tid: "72f988bf",
      uti: "uti-1",
      ver: "2.0",
    },
    client: { sub: "job-oid", aud: AUDIENCE, azp: "job", idtyp: "app", roles: ["support"], uti: "uti-2", ver: "2.0" },
    id: { sub: "AAAAAAAA", aud: AUDIENCE, oid: "690222be", roles: ["support"], tid: "72f988bf", ver: "2.0", ...PERSON },
  },
  okta: {
    header: {},
    user: { sub: "sue@example.com", aud: AUDIENCE, cid: "web", uid: "00u1", scp: ["openid", "orders:read"], ver: 1 },
    client: { sub: "job", aud: AUDIENCE, cid: "job", scp: ["orders:read"], ver: 1 },
    id: { sub: "00u1", aud: AUDIENCE, amr: ["pwd"], idp: "00o1", ver: 1, ...PERSON },
  },
  cognito: {
    header: {},
    user: {
      sub: "aaaa-1",
      client_id: "web",
      token_use: "access",
      scope: "openid orders:read",
      "cognito:groups": ["support"],
      origin_jti: "session-1",
      username: "sue",
      version: 2,
    },
    client: { sub: "job", client_id: "job", token_use: "access", scope: "orders:read", version: 2 },
    id: { sub: "aaaa-1", aud: AUDIENCE, token_use: "id", "cognito:username": "sue", ...PERSON },
  },
};

const PRESETS = Object.keys(TOKENS) as (keyof typeof TOKENS)[];
const time = new FakeTime();
let key: TestKey;

beforeAll(async () => {
  key = await makeKey("RS256", "key-1");
});

function token(header: Claims, payload: Claims): string {
  const times = { iss: ISSUER, iat: time.seconds - 5, exp: time.seconds + 300, jti: "jti-1" };
  return forge(
    key,
    JSON.stringify({ alg: key.alg, kid: key.kid, ...header }),
    JSON.stringify({ ...times, ...payload }),
  );
}

async function gate(preset: TokenPreset, more: Partial<JwtAuthenticatorOptions> = {}) {
  const audience = preset === "cognito" ? [AUDIENCE, "web", "job"] : AUDIENCE;
  return authenticatorOf(await keysOf(key), time, { preset, audience, ...more });
}

describe.each(PRESETS)("%s", (preset) => {
  const { header, user, client, id } = TOKENS[preset];

  it("its access token of a user is one: who, as which client, with which scopes", async () => {
    const { principal } = await accepted(await gate(preset), token(header, user));
    expect(principal).toMatchObject({ kind: "user", subject: user["sub"], client: "web" });
    expect(principal.scopes.has("orders:read")).toBe(true);
  });

  it("its access token of a client alone is one", async () => {
    const { principal } = await accepted(await gate(preset), token(header, client));
    expect(principal).toMatchObject({ kind: "client", client: "job" });
  });

  it("J23 its ID token is none, also where it names the API as its audience", async () => {
    expect((await denied(await gate(preset), token(header, id))).reason).toBe("authentication.token-type-rejected");
    const rfc9068 = token({ ...header, typ: "at+jwt" }, user);
    expect(await verdict(await gate(preset), rfc9068)).toBe(
      preset === "entra" ? "authentication.token-type-rejected" : "accepted",
    );
  });

  it("J23 no other type of token is one", async () => {
    for (const typ of ["logout+jwt", "dpop+jwt", "secevent+jwt", "", null, 7, "jwt"]) {
      expect(await verdict(await gate(preset), token({ ...header, typ }, user))).toBe(
        "authentication.token-type-rejected",
      );
    }
    for (const claim of ["at_hash", "c_hash", "events", "htm"]) {
      expect(await verdict(await gate(preset), token(header, { ...user, [claim]: "x" }))).toBe(
        "authentication.token-type-rejected",
      );
    }
  });

  it("is refused without its preset", async () => {
    expect(await verdict(await gate("rfc9068", { audience: [AUDIENCE, "web"] }), token(header, user))).toBe(
      "authentication.token-type-rejected",
    );
  });
});

describe("what is special", () => {
  it("Auth0: permissions are what the user may do, without any role", async () => {
    const { principal } = await accepted(await gate("auth0"), token(TOKENS.auth0.header, TOKENS.auth0.user));
    expect(principal).toMatchObject({ permissions: ["orders:refund"], roles: [] });
    expect(
      await verdict(await gate("auth0"), token({ typ: "JWT" }, { ...TOKENS.auth0.user, permissions: "a b" })),
    ).toBe("accepted");
    for (const permissions of [5, [5], { a: 1 }, [""]]) {
      expect(await verdict(await gate("auth0"), token({ typ: "JWT" }, { ...TOKENS.auth0.user, permissions }))).toBe(
        "authentication.token-malformed",
      );
    }
  });

  it("J29 permissions count only where the configuration or the preset believes them", async () => {
    const okta = await accepted(await gate("okta"), token({}, { ...TOKENS.okta.user, permissions: ["orders:refund"] }));
    expect(okta.principal.permissions).toEqual([]);
    const believed = await gate("okta", { claims: { permissions: [["permissions"]] } });
    const named = await accepted(believed, token({}, { ...TOKENS.okta.user, permissions: ["orders:refund"] }));
    expect(named.principal.permissions).toEqual(["orders:refund"]);
  });

  it("Auth0: its profile by RFC 9068", async () => {
    const { azp: _, ...claims } = TOKENS.auth0.user;
    const { principal } = await accepted(
      await gate("auth0"),
      token({ typ: "at+jwt" }, { ...claims, client_id: "web" }),
    );
    expect(principal).toMatchObject({ client: "web", kind: "user" });
  });

  it("Entra ID: both versions, roles, and `uti` as the token's name", async () => {
    const { azp: _, ...claims } = TOKENS.entra.user;
    const one = await accepted(await gate("entra"), token({ typ: "JWT" }, { ...claims, appid: "web", ver: "1.0" }));
    expect(one.principal).toMatchObject({ client: "web", roles: ["support"], tokenId: "uti-1" });
    const job = await accepted(await gate("entra"), token({ typ: "JWT" }, TOKENS.entra.client));
    expect(job.principal).toMatchObject({ kind: "client", roles: ["support"], tokenId: "uti-2" });
    expect([...job.principal.scopes]).toEqual([]);
    const { idtyp: _idtyp, ...unsaid } = TOKENS.entra.client;
    const silent = await accepted(await gate("entra"), token({ typ: "JWT" }, unsaid));
    expect(silent.principal.kind).toBe("client"); // no scp: nobody delegated anything
  });

  it("Cognito: groups are roles; without `aud` the client must be one that is named", async () => {
    const { header, user } = TOKENS.cognito;
    const { principal } = await accepted(await gate("cognito"), token(header, user));
    expect(principal.roles).toEqual(["support"]);
    const rejected = "authentication.audience-rejected";
    expect(await verdict(await gate("cognito"), token(header, { ...user, client_id: "other" }))).toBe(rejected);
    expect(await verdict(await gate("cognito", { audience: AUDIENCE }), token(header, user))).toBe(rejected);
  });

  it("J22 Cognito: a token that names an audience is judged by that, whatever its client", async () => {
    const { header, user } = TOKENS.cognito;
    for (const aud of ["https://other.example.com", null, "", [], {}]) {
      expect(await verdict(await gate("cognito"), token(header, { ...user, aud }))).toBe(
        "authentication.audience-rejected",
      );
    }
    const bound = await gate("cognito", { audience: AUDIENCE });
    expect(await verdict(bound, token(header, { ...user, aud: AUDIENCE }))).toBe("accepted");
  });

  it("J22 no other issuer's client stands in for an audience", async () => {
    for (const preset of ["auth0", "entra", "okta"] as const) {
      const { header, user } = TOKENS[preset];
      const { aud: _, ...claims } = user;
      expect(
        await verdict(await gate(preset, { audience: "web" }), token(header, { ...claims, client_id: "web" })),
      ).toBe("authentication.audience-rejected");
    }
  });

  it("a type that the owner names is asked for, whatever the preset leaves open", async () => {
    const okta = await gate("okta", { typ: "application/okta-internal-at+jwt" });
    expect(await verdict(okta, token({}, TOKENS.okta.user))).toBe("authentication.token-type-rejected");
    expect(await verdict(okta, token({ typ: "application/okta-internal-at+jwt" }, TOKENS.okta.user))).toBe("accepted");
  });
});
