// What tells an access token from the other tokens of an issuer (RFC 8725 3.11, RFC 9068 4).
import type { JsonObject } from "../cryptography/json.ts";

export type ClaimPath = readonly string[];

export interface TokenProfile {
  /** Accepted values of the `typ` header, compared exactly. */
  readonly typ: readonly string[];
  /** Claims that must have exactly this value. */
  readonly required: Readonly<Record<string, string>>;
  readonly scopes: readonly ClaimPath[];
  readonly roles: readonly ClaimPath[];
  /** A claim that only tokens without a user have, where `sub` does not tell (RFC 9068 2.2 would have it name the client). */
  readonly clientOnly?: string;
}

/** Conventions by name: `rfc9068` is the standard and the default. */
export const TOKEN_PROFILES = {
  rfc9068: { typ: ["at+jwt", "application/at+jwt"], required: {}, scopes: [["scope"]], roles: [] },
  /** Keycloak types its tokens in the payload; its ID, refresh and logout tokens have the header `JWT` too. */
  keycloak: {
    typ: ["JWT", "at+jwt", "application/at+jwt"],
    required: { typ: "Bearer" },
    scopes: [["scope"]],
    roles: [["realm_access", "roles"]],
    // `sub` of a service account is a user of its own; tokens of people name their client by `azp` alone.
    clientOnly: "client_id",
  },
  /** Ory Hydra has no type of its own for access tokens; by `strategies.jwt.scope_claim` scopes are in one of the two or in both. */
  hydra: { typ: ["JWT"], required: {}, scopes: [["scp"], ["scope"]], roles: [] },
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
  return undefined;
}
