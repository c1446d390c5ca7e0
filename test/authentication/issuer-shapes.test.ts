// Tokens shaped as Keycloak 26.7.3 and Hydra 2.3.0 really made them. Those that others document: documented-issuers.test.ts.
import { beforeAll, describe, expect, it } from "vitest";
import type { JwtAuthenticatorOptions } from "../../src/authentication/jwt-options.ts";
import { FakeTime } from "./fake-time.ts";
import { AUDIENCE, type Claims, forge, ISSUER, makeKey, type TestKey } from "./issuer.ts";
import { accepted, authenticatorOf, denied, keysOf, verdict } from "./judging.ts";

interface Shape {
  readonly header: Claims;
  readonly payload: Claims;
}

const SUBJECT = "c04ccf83-7acf-4c6e-abac-044e0f8c28ca";
const JWT = { typ: "JWT" };
const ACCOUNT = { account: { roles: ["manage-account", "manage-account-links", "view-profile"] } };
const PERSON = { preferred_username: "sue", given_name: "sue", family_name: "Example", email: "sue@example.com" };

const KEYCLOAK = {
  user: {
    header: JWT,
    payload: {
      auth_time: 0,
      jti: "onrtac:8ddd9c20-9fcd-c760-1f30-140f83d3e6c2",
      aud: [AUDIENCE, "account"],
      sub: SUBJECT,
      typ: "Bearer",
      azp: "web",
      sid: "QVTDYamuF0jukZjKIRh0ZWXY",
      acr: "1",
      "allowed-origins": ["http://127.0.0.1:9"],
      realm_access: { roles: ["offline_access", "default-roles-shop", "uma_authorization", "support"] },
      resource_access: ACCOUNT,
      scope: "openid orders:read orders:write profile email",
      email_verified: true,
      ...PERSON,
    },
  },
  serviceAccount: {
    header: JWT,
    payload: {
      jti: "trrtcc:95bcf97c-9406-8d7e-efd0-8951513ce954",
      aud: [AUDIENCE, "account"],
      sub: SUBJECT,
      typ: "Bearer",
      azp: "job",
      acr: "1",
      realm_access: { roles: ["offline_access", "default-roles-shop", "uma_authorization"] },
      resource_access: ACCOUNT,
      scope: "orders:read profile email",
      email_verified: false,
      clientHost: "127.0.0.1",
      preferred_username: "service-account-job",
      clientAddress: "127.0.0.1",
      client_id: "job",
    },
  },
  /** Asked for `orders:read` by a client with no scope that resolves audiences: nothing names the API, nothing else either. */
  withoutAudience: {
    header: JWT,
    payload: {
      jti: "trrtcc:b03fbb9f",
      sub: SUBJECT,
      typ: "Bearer",
      azp: "job",
      scope: "orders:read",
      client_id: "job",
    },
  },
  id: {
    header: JWT,
    payload: {
      auth_time: 0,
      jti: "08ece154-553a-2ffe-05f2-b7512b609e42",
      aud: "web",
      sub: SUBJECT,
      typ: "ID",
      azp: "web",
      nonce: "-uSJbZOo217vZN5pMTXIbA",
      sid: "QVTDYamuF0jukZjKIRh0ZWXY",
      at_hash: "j25NIOjAat-2FfXN8IK7gA",
      acr: "1",
      email_verified: true,
      ...PERSON,
    },
  },
  refresh: {
    header: { ...JWT, alg: "HS512" },
    payload: {
      jti: "954a9b83-89ae-f1a8-625c-a17b01b93380",
      aud: ISSUER,
      sub: SUBJECT,
      typ: "Refresh",
      azp: "web",
      sid: "QVTDYamuF0jukZjKIRh0ZWXY",
      scope: "openid basic orders:read orders:write web-origins profile orders-api email acr roles",
      aud_x: [AUDIENCE, "account"],
      prov: "default",
    },
  },
} satisfies Record<string, Shape>;

const HYDRA = {
  user: {
    header: JWT,
    payload: {
      aud: [AUDIENCE],
      client_id: "web",
      ext: { roles: ["support"] },
      jti: "723b8a89-80eb-4edf-9a87-b06323b284e7",
      nbf: 0,
      scp: ["openid", "offline", "orders:read"],
      sub: "sue",
    },
  },
  client: {
    header: JWT,
    payload: { aud: [AUDIENCE], client_id: "job", ext: {}, jti: "1", nbf: 0, scp: ["orders:read"], sub: "job" },
  },
  withoutAudience: {
    header: JWT,
    payload: { aud: [], client_id: "job", ext: {}, jti: "1", nbf: 0, scp: ["orders:read"], sub: "job" },
  },
} satisfies Record<string, Shape>;

describe("access tokens of outside issuers", () => {
  const time = new FakeTime();
  let key: TestKey;

  beforeAll(async () => {
    key = await makeKey("RS256", "key-1");
  });

  function token({ header, payload }: Shape, changes: Claims = {}): string {
    const times = { iss: ISSUER, iat: time.seconds - 5, exp: time.seconds + 300 };
    return forge(
      key,
      JSON.stringify({ alg: key.alg, kid: key.kid, ...header }),
      JSON.stringify({ ...payload, ...times, ...changes }),
    );
  }

  async function gate(options: Partial<JwtAuthenticatorOptions>) {
    return authenticatorOf(await keysOf(key), time, options);
  }

  it("Keycloak: who, as which client, with which scopes and roles", async () => {
    const keycloak = await gate({ preset: "keycloak" });
    const user = await accepted(keycloak, token(KEYCLOAK.user));
    expect(user.principal).toMatchObject({ kind: "user", subject: SUBJECT, client: "web" });
    expect(user.principal.roles).toContain("support");
    expect(user.principal.scopes.has("orders:write")).toBe(true);
    const job = await accepted(keycloak, token(KEYCLOAK.serviceAccount));
    expect(job.principal).toMatchObject({ kind: "client", subject: SUBJECT, client: "job" });
    const rfc9068 = token({ ...KEYCLOAK.serviceAccount, header: { typ: "at+jwt" } });
    expect(await verdict(keycloak, rfc9068)).toBe("accepted");
  });

  it("Keycloak: roles of a client, where the configuration names them", async () => {
    const keycloak = await gate({ preset: "keycloak", claims: { roles: [["resource_access", "account", "roles"]] } });
    const { principal } = await accepted(keycloak, token(KEYCLOAK.user));
    expect(principal.roles).toEqual(ACCOUNT.account.roles);
  });

  it.each([
    ["id", "authentication.token-type-rejected", "has the claim at_hash"],
    [
      "refresh",
      "authentication.algorithm-rejected",
      "alg is not one of the accepted: it is made with a shared secret, as refresh tokens of some issuers are",
    ],
    [
      "withoutAudience",
      "authentication.audience-rejected",
      `the token has no aud; it would have to name "${AUDIENCE}"`,
    ],
  ] as const)("Keycloak: refuses the token %s", async (name, reason, internal) => {
    const found = await denied(await gate({ preset: "keycloak" }), token(KEYCLOAK[name]));
    expect(found).toMatchObject({ reason, internal });
  });

  it("Keycloak: an ID token is none by its type alone, whoever it is for", async () => {
    const { at_hash: _, ...payload } = KEYCLOAK.id.payload;
    const found = await denied(await gate({ preset: "keycloak" }), token({ header: JWT, payload }, { aud: AUDIENCE }));
    expect(found).toMatchObject({
      reason: "authentication.token-type-rejected",
      internal: "the claim typ is not Bearer",
    });
  });

  it("Hydra: scopes from `scp`, from `scope` or from both; roles from `ext`", async () => {
    const hydra = await gate({ preset: "hydra", claims: { roles: [["ext", "roles"]] } });
    const user = await accepted(hydra, token(HYDRA.user));
    expect(user.principal).toMatchObject({ kind: "user", subject: "sue", client: "web", roles: ["support"] });
    expect(user.principal.scopes.has("orders:read")).toBe(true);
    const { principal } = await accepted(hydra, token(HYDRA.client));
    expect(principal).toMatchObject({ kind: "client", client: "job", roles: [] });
    for (const scp of [undefined, ["orders:read"]]) {
      const both = await accepted(hydra, token(HYDRA.client, { scp, scope: "orders:read" }));
      expect([...both.principal.scopes]).toEqual(["orders:read"]);
    }
  });

  it("Hydra: says which audience is missing, and of an opaque token that it is one", async () => {
    const hydra = await gate({ preset: "hydra" });
    expect(await denied(hydra, token(HYDRA.withoutAudience))).toMatchObject({
      reason: "authentication.audience-rejected",
      internal: `aud is empty, not "${AUDIENCE}"`,
    });
    expect(await denied(hydra, "ory_at_Lk2Y1n0Q7cXoO3v8.w5b0-AhnX")).toMatchObject({
      reason: "authentication.token-malformed",
      internal: "it is no JWT: an opaque token, perhaps, which only its issuer can read",
    });
  });

  it("without a preset, both are refused for their type, which is told", async () => {
    for (const shape of [KEYCLOAK.user, HYDRA.user]) {
      expect(await denied(await gate({}), token(shape))).toMatchObject({
        reason: "authentication.token-type-rejected",
        internal: "typ is JWT, not at+jwt or application/at+jwt",
      });
    }
  });

  it("allowMissingTyp lets no other type in, and no ID token of Cognito or Okta", async () => {
    const untyped = await gate({ allowMissingTyp: true });
    const payload = { aud: AUDIENCE, sub: "1" };
    expect(await denied(await gate({}), token({ header: {}, payload }))).toMatchObject({
      internal: "typ is missing, not at+jwt or application/at+jwt",
    });
    for (const typ of ["JWT", "logout+jwt", "", null, 7]) {
      expect(await verdict(untyped, token({ header: { typ }, payload }))).toBe("authentication.token-type-rejected");
    }
    for (const claims of [{ token_use: "id" }, { at_hash: "fPlsvVszI29LU2UhDyJ9vg" }]) {
      expect(await verdict(untyped, token({ header: {}, payload }, claims))).toBe("authentication.token-type-rejected");
    }
  });
});
