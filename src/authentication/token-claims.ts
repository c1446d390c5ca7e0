// Judges the claims of a verified token (RFC 7519 4.1, RFC 9068 4): for whom, from when, until when.
import type { JsonObject, JsonValue } from "../cryptography/json.ts";
import type { ReasonCode } from "../core/reasons/registry.ts";
import { isListOfNames } from "./claim-values.ts";

/** The last second that JavaScript can date. */
const SECONDS_MAX = 8_640_000_000_000;

export interface ClaimRules {
  readonly audiences: readonly string[];
  /** The claim that counts where there is no `aud`. */
  readonly audienceElse?: string | undefined;
  /** Claims that are a text that is not empty, where they are there. */
  readonly names: readonly string[];
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
  const { exp, nbf, iat } = claims;
  if (!isNumericDate(exp)) return malformed("exp");
  if (nbf !== undefined && !isNumericDate(nbf)) return malformed("nbf");
  if (iat !== undefined && !isNumericDate(iat)) return malformed("iat");
  for (const name of rules.names) {
    const value = claims[name];
    if (value !== undefined && (typeof value !== "string" || value === "")) return malformed(name);
  }
  const { audienceElse } = rules;
  const aud = claims["aud"] === undefined && audienceElse !== undefined ? claims[audienceElse] : claims["aud"];
  if (!isMeantFor(aud, rules.audiences))
    return { reason: "authentication.audience-rejected", why: audienceDifference(aud, rules.audiences) };
  if (nowMs >= exp * 1_000) return { reason: "authentication.token-expired", why: "exp has passed" };
  const latestMs = nowMs + rules.skewMs;
  if (nbf !== undefined && nbf * 1_000 > latestMs) return early("nbf");
  if (iat !== undefined && iat * 1_000 > latestMs) return early("iat");
  if (rules.lifetimeMaxSeconds !== undefined && !(exp - (iat ?? Number.NaN) <= rules.lifetimeMaxSeconds)) {
    const why = iat === undefined ? "iat is missing" : "exp is too far from iat";
    return { reason: "authentication.token-lifetime-rejected", why };
  }
  return exp * 1_000;
}

/** A whole number of seconds since 1970 (RFC 7519 2 allows fractions; no issuer needs them, and 1e300 is one). */
function isNumericDate(value: JsonValue | undefined): value is number {
  return typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= SECONDS_MAX;
}

function isMeantFor(aud: JsonValue | undefined, audiences: readonly string[]): boolean {
  if (typeof aud === "string") return audiences.includes(aud);
  return isListOfNames(aud) && aud.some((name) => audiences.includes(name));
}

/** What the issuer has signed may be told: which API it named is what the owner must know to set one of the two right. */
function audienceDifference(aud: JsonValue | undefined, audiences: readonly string[]): string {
  const wanted = named(audiences);
  if (aud === undefined) return `the token has no aud; it would have to name ${wanted}`;
  if (typeof aud !== "string" && !isListOfNames(aud)) return "aud is no list of names";
  return `aud is ${named(typeof aud === "string" ? [aud] : aud)}, not ${wanted}`;
}

const NAMES_MAX = 2;
/** A plain identifier or URI of bearable length. Anything else is counted, not told. */
const PLAIN_NAME = /^[\w.:/@~-]{1,80}$/;

function named(names: readonly string[]): string {
  if (names.length === 0) return "empty";
  const shown = names.filter((name) => PLAIN_NAME.test(name)).slice(0, NAMES_MAX);
  const more = names.length - shown.length;
  const told = shown.map((name) => `"${name}"`).join(", ");
  if (more === 0) return told;
  return told === "" ? "something else" : `${told} and ${more} more`;
}

/** Nobody has verified `iss` yet, so it is not told: only how it differs. */
export function issuerDifference(iss: JsonValue, issuer: string): string {
  const said = typeof iss === "string" ? URL.parse(iss) : null;
  const known = URL.parse(issuer);
  if (said === null || known === null) return "iss is another";
  const path = (url: URL): string => url.pathname.replace(/\/$/, "");
  if (path(said) !== path(known))
    return said.host === known.host ? "iss has another path on the same host" : "iss is another";
  if (said.host !== known.host)
    return "iss has the same path on another host or port: the issuer is reached by several names";
  return said.protocol === known.protocol ? "iss differs in the slash at its end" : "iss differs in http and https";
}

function malformed(name: string): ClaimFault {
  return { reason: "authentication.token-malformed", why: `${name} is missing or wrongly shaped` };
}

function early(name: string): ClaimFault {
  return { reason: "authentication.token-not-yet-valid", why: `${name} lies ahead` };
}
