// Judges the claims of a verified token (RFC 7519 4.1, RFC 9068 4): for whom, from when, until when.
import type { JsonObject, JsonValue } from "../cryptography/json.ts";
import type { ReasonCode } from "../core/reasons/registry.ts";

/** The last second that JavaScript can date. */
const SECONDS_MAX = 8_640_000_000_000;

export interface ClaimRules {
  readonly audiences: readonly string[];
  /** For `nbf` and `iat` that lie ahead. It never lengthens a life: `exp` is exact (J18, J20). */
  readonly skewMs: number;
  readonly lifetimeMaxSeconds: number | undefined;
}

export interface ClaimFault {
  readonly reason: ReasonCode;
  readonly why: string;
}

/** When the token ends, in wall-clock milliseconds, or why it does not hold. */
export function judgeClaims(claims: JsonObject, rules: ClaimRules, nowMs: number): number | ClaimFault {
  const { aud, exp, nbf, iat, cnf } = claims;
  if (!isNumericDate(exp)) return malformed("exp");
  if (nbf !== undefined && !isNumericDate(nbf)) return malformed("nbf");
  if (iat !== undefined && !isNumericDate(iat)) return malformed("iat");
  for (const name of ["sub", "jti", "client_id", "azp"]) {
    const value = claims[name];
    if (value !== undefined && (typeof value !== "string" || value === "")) return malformed(name);
  }
  const meantForUs = isMeantFor(aud, rules.audiences);
  if (meantForUs === undefined) return { reason: "authentication.audience-rejected", why: "aud is no list of names" };
  if (!meantForUs) return { reason: "authentication.audience-rejected", why: "aud does not name this API" };
  if (nowMs >= exp * 1_000) return { reason: "authentication.token-expired", why: "exp has passed" };
  const latestMs = nowMs + rules.skewMs;
  if (nbf !== undefined && nbf * 1_000 > latestMs) return early("nbf");
  if (iat !== undefined && iat * 1_000 > latestMs) return early("iat");
  if (rules.lifetimeMaxSeconds !== undefined && !(exp - (iat ?? Number.NaN) <= rules.lifetimeMaxSeconds)) {
    const why = iat === undefined ? "iat is missing" : "exp is too far from iat";
    return { reason: "authentication.token-lifetime-rejected", why };
  }
  // A bound token is worth nothing without its proof (RFC 9449 7.1, RFC 8705 3), whatever stands in `cnf`.
  if (cnf !== undefined) return { reason: "authentication.proof-required", why: "the token is bound by cnf" };
  return exp * 1_000;
}

/** A whole number of seconds since 1970 (RFC 7519 2 allows fractions; no issuer needs them, and 1e300 is one). */
function isNumericDate(value: JsonValue | undefined): value is number {
  return typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= SECONDS_MAX;
}

/** Undefined: `aud` is no name and no list of names. */
function isMeantFor(aud: JsonValue | undefined, audiences: readonly string[]): boolean | undefined {
  if (typeof aud === "string") return audiences.includes(aud);
  if (!Array.isArray(aud) || !aud.every((name) => typeof name === "string")) return undefined;
  return aud.some((name) => audiences.includes(name));
}

function malformed(name: string): ClaimFault {
  return { reason: "authentication.token-malformed", why: `${name} is missing or wrongly shaped` };
}

function early(name: string): ClaimFault {
  return { reason: "authentication.token-not-yet-valid", why: `${name} lies ahead` };
}
