// Judges a token but for its signature: what can be read of it, its header, and what it claims. Whoever believes it has verified it.
import type { Credential } from "../core/exchange.ts";
import type { ReasonCode } from "../core/reasons/registry.ts";
import type { JsonObject } from "../cryptography/json.ts";
import { type CompactJws, type JwsFault, readCompactJws } from "../cryptography/jws.ts";
import type { JwtRules } from "./jwt-options.ts";
import { issuerDifference, judgeClaims } from "./token-claims.ts";
import { type JudgedHeader, judgeHeader } from "./token-header.ts";
import { boundThumbprint } from "./token-binding.ts";
import { tokenPrincipal } from "./token-principal.ts";
import { foreignPayload } from "./token-profile.ts";

export interface TokenFault {
  readonly reason: ReasonCode;
  /** For the owner, never for the client. */
  readonly why?: string | undefined;
}

export interface ReadToken {
  readonly jws: CompactJws;
  readonly header: JudgedHeader;
}

/** For the owner: the commonest cause first. */
const WHY_UNREAD: Readonly<Record<JwsFault, string>> = {
  "too-large": "it is too large",
  "not-compact": "it is no JWT: an opaque token, perhaps, which only its issuer can read",
  encoding: "a part of it is no strict base64url",
  header: "its header is no strict JSON object",
  payload: "its payload is no strict JSON object",
};

/** What is asked before any key is looked for. */
export function readToken(token: string, rules: JwtRules): ReadToken | TokenFault {
  const jws = readCompactJws(token);
  if (typeof jws === "string") return { reason: "authentication.token-malformed", why: WHY_UNREAD[jws] };
  // First: another issuer's token is no reason to load keys or to try a signature (J11, J27).
  const issuer = jws.payload["iss"];
  if (issuer !== undefined && issuer !== rules.issuer) {
    return { reason: "authentication.issuer-rejected", why: issuerDifference(issuer, rules.issuer) };
  }
  const header = judgeHeader(jws.header, rules.header);
  if ("reason" in header) return header;
  if (issuer === undefined) return { reason: "authentication.issuer-rejected", why: "iss is missing" };
  return { jws, header };
}

/** Who a token that was signed by its issuer speaks for. One that is bound to a key is worth nothing yet without its proof. */
export function judgePayload(
  payload: JsonObject,
  scheme: string,
  { profile, claims }: JwtRules,
  nowMs: number,
): Credential | TokenFault {
  const foreign = foreignPayload(payload, profile);
  if (foreign !== undefined) return { reason: "authentication.token-type-rejected", why: foreign };
  const expiresAtMs = judgeClaims(payload, claims, nowMs);
  if (typeof expiresAtMs !== "number") return expiresAtMs;
  const { cnf } = payload;
  const boundTo = cnf === undefined ? undefined : boundThumbprint(cnf);
  if (cnf !== undefined && boundTo === undefined) {
    return { reason: "authentication.proof-required", why: "the token is bound by cnf to what is not verified here" };
  }
  const principal = tokenPrincipal(payload, scheme, profile, expiresAtMs, boundTo);
  if (typeof principal === "string") {
    return { reason: "authentication.token-malformed", why: `the claim for ${principal} has a wrong shape` };
  }
  return Object.freeze({ scheme, principal });
}
