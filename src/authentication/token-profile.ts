// What tells an access token from the other tokens of an issuer (RFC 8725 3.11, RFC 9068 4), and where it says what.
import type { JsonObject } from "../cryptography/json.ts";

export type ClaimPath = readonly string[];

export interface TokenProfile {
  /** Accepted values of the `typ` header, compared exactly. */
  readonly typ: readonly string[];
  /** Tokens without `typ` are accepted: `required` or `oneOf` tells what they are. */
  readonly typOptional?: true;
  /** Claims that must have exactly this value. */
  readonly required: Readonly<Record<string, string>>;
  /** Claims of which one must be there: access tokens of the issuer have it, its ID tokens never do. */
  readonly oneOf?: readonly string[];
  readonly scopes: readonly ClaimPath[];
  readonly roles: readonly ClaimPath[];
  readonly permissions: readonly ClaimPath[];
  /** Claims that name the client; the first that is there counts. */
  readonly client: readonly string[];
  /** The claim that names the client, in place of an `aud` that the issuer does not write. */
  readonly audienceElse?: string;
  /** Names the token, and the session that it belongs to. */
  readonly tokenId: string;
  readonly session: string;
  /** A claim that only tokens without a user have, where `sub` does not tell (RFC 9068 2.2 would have it name the client). */
  readonly clientOnly?: string;
  /** A claim that only tokens of a user have. */
  readonly userOnly?: string;
  /** The same with the value that says so. */
  readonly clientOnlyValue?: readonly [string, string];
}

const AS_RFC_9068 = {
  required: {},
  scopes: [["scope"]],
  roles: [],
  permissions: [],
  client: ["client_id", "azp"],
  tokenId: "jti",
  session: "sid",
  clientOnlyValue: ["gty", "client-credentials"],
} as const;

/** Conventions by name: `rfc9068` is the standard and the default. */
export const TOKEN_PROFILES = {
  rfc9068: { ...AS_RFC_9068, typ: ["at+jwt", "application/at+jwt"] },
  /** Keycloak types its tokens in the payload; its ID, refresh and logout tokens have the header `JWT` too. */
  keycloak: {
    ...AS_RFC_9068,
    typ: ["JWT", "at+jwt", "application/at+jwt"],
    required: { typ: "Bearer" },
    roles: [["realm_access", "roles"]],
    // `sub` of a service account is a user of its own; tokens of people name their client by `azp` alone.
    clientOnly: "client_id",
  },
  /** Ory Hydra has no type of its own for access tokens; by `strategies.jwt.scope_claim` scopes are in one of the two or in both. */
  hydra: { ...AS_RFC_9068, typ: ["JWT"], scopes: [["scp"], ["scope"]] },
  /** Auth0's own profile, and the one by RFC 9068; its ID tokens name the client in `aud` alone. */
  auth0: {
    ...AS_RFC_9068,
    typ: ["JWT", "at+jwt", "application/at+jwt"],
    oneOf: ["azp", "client_id"],
    permissions: [["permissions"]],
  },
  /** Microsoft Entra ID, both versions of its tokens. `appid` is what version 1 has for `azp`; ID tokens have neither. */
  entra: {
    ...AS_RFC_9068,
    typ: ["JWT"],
    oneOf: ["azp", "appid"],
    scopes: [["scp"]],
    roles: [["roles"]],
    client: ["azp", "appid"],
    tokenId: "uti",
    // What a user delegates is in `scp`, what an application may do by itself in `roles`; `idtyp` is optional.
    userOnly: "scp",
    clientOnlyValue: ["idtyp", "app"],
  },
  /** Okta's custom authorization servers. Only access tokens say their client as `cid`. */
  okta: {
    ...AS_RFC_9068,
    typ: ["at+jwt", "application/at+jwt"],
    typOptional: true,
    oneOf: ["cid"],
    scopes: [["scp"]],
    client: ["cid"],
  },
  /** Amazon Cognito writes `aud` only where the client asked for a resource. */
  cognito: {
    ...AS_RFC_9068,
    typ: ["at+jwt", "application/at+jwt"],
    typOptional: true,
    required: { token_use: "access" },
    roles: [["cognito:groups"]],
    client: ["client_id"],
    audienceElse: "client_id",
    session: "origin_jti",
  },
} as const satisfies Record<string, TokenProfile>;

export type TokenPreset = keyof typeof TOKEN_PROFILES;

/** Types that are never an access token, whatever the configuration says. */
export const NEVER_ACCESS_TOKENS: readonly string[] = ["logout+jwt", "dpop+jwt", "secevent+jwt", "id_token"];

/** Claims of ID tokens (Core 3.1.3.6, 3.3.2.11), logout tokens (Back-Channel 2.4) and DPoP proofs (RFC 9449 4.2). */
const FOREIGN_CLAIMS = ["at_hash", "c_hash", "s_hash", "events", "htm", "htu"];

/** Why the payload is not that of an access token, or undefined where it may be one (J23). */
export function foreignPayload(payload: JsonObject, profile: TokenProfile): string | undefined {
  for (const name of FOREIGN_CLAIMS) if (payload[name] !== undefined) return `has the claim ${name}`;
  if (payload["token_use"] === "id") return "token_use is id";
  for (const [name, value] of Object.entries(profile.required)) {
    if (payload[name] !== value) return `the claim ${name} is not ${value}`;
  }
  const { oneOf } = profile;
  if (oneOf !== undefined && oneOf.every((name) => payload[name] === undefined)) {
    return `has no ${oneOf.join(" or ")}, as the issuer's access tokens have`;
  }
  return undefined;
}
