// The guard that asks how well the caller was authenticated: a token may be good and still not enough (RFC 9470).
import type { RequestGuard } from "../core/guard.ts";
import { CONTINUE, type Denial, deny } from "../core/outcome.ts";
import type { Principal } from "../core/principal.ts";
import { REASONS } from "../core/reasons/registry.ts";
import { tokenChallenge, type TokenScheme } from "./challenge.ts";

/** What `level: mfa` asks for: also fulfilled by `amr` that says so, where an issuer has names of its own for `acr` (RFC 8176). */
const SEVERAL_FACTORS = "mfa";

export interface LevelOptions {
  /** `acr` that the token must have. */
  readonly level: string;
  readonly mode: RequestGuard["mode"];
}

/** Behind the guard of credentials. Whoever is not known, and whoever comes with a key, was not authenticated at any level. */
export function levelGuard({ level, mode }: LevelOptions): RequestGuard {
  const challenge = challengeFor(level);
  return {
    practice: "authentication",
    name: "authentication.level",
    mode,
    dependsOn: "authentication",
    check: ({ principal }) => (hasLevel(principal, level) ? CONTINUE : challenge(principal)),
  };
}

export interface StepUpOptions {
  /** Whether this caller must show a second factor for now. */
  readonly isAsked: (principal: Principal) => boolean;
  readonly mode: RequestGuard["mode"];
}

/** Asks single callers for more than the operation does: a detection made them suspect. */
export function stepUpGuard({ isAsked, mode }: StepUpOptions): RequestGuard {
  const challenge = challengeFor(SEVERAL_FACTORS);
  return {
    practice: "authentication",
    name: "authentication.step-up",
    mode,
    dependsOn: "authentication",
    check: ({ principal }) =>
      !isAsked(principal) || hasLevel(principal, SEVERAL_FACTORS) ? CONTINUE : challenge(principal),
  };
}

function challengeFor(level: string): (principal: Principal) => Denial {
  const reason = "authentication.level-insufficient";
  const insufficient = (how: TokenScheme): Denial => {
    const error = { error: "insufficient_user_authentication", error_description: REASONS[reason].title };
    const value = tokenChallenge(how, { ...error, acr_values: level });
    return deny(reason, { lines: ["WWW-Authenticate", value] });
  };
  const asBearer = insufficient("Bearer");
  const bound = insufficient("DPoP");
  return ({ method }) => (method === "dpop" ? bound : asBearer);
}

function hasLevel({ claims }: Principal, level: string): boolean {
  if (claims["acr"] === level) return true;
  const methods = claims["amr"];
  return level === SEVERAL_FACTORS && Array.isArray(methods) && methods.includes(SEVERAL_FACTORS);
}
