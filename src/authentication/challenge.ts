// WWW-Authenticate values (RFC 9110 11.6.1, RFC 6750 3, RFC 9449 7.1). They never carry anything that the client sent.
import type { Denial } from "../core/outcome.ts";
import { deny } from "../core/outcome.ts";
import { REASONS, type ReasonCode } from "../core/reasons/registry.ts";
import { PROOF_ALGORITHMS } from "./proof-options.ts";

/** Characters of `error_description` (RFC 6750 3), which are safe in every quoted string. */
const FOREIGN = /[^\x20\x21\x23-\x5b\x5d-\x7e]/g;

/** `Bearer realm="orders"`: scheme and parameters, quoted. */
export function challenge(scheme: string, parameters: Readonly<Record<string, string>>): string {
  const written = Object.entries(parameters).map(([name, value]) => `${name}="${value.replace(FOREIGN, "'")}"`);
  return written.length === 0 ? scheme : `${scheme} ${written.join(", ")}`;
}

/** How a token was sent, or would have to be. */
export type TokenScheme = "Bearer" | "DPoP";

/** `DPoP realm="orders", algs="ES256 PS256"` */
export function tokenChallenge(how: TokenScheme, parameters: Readonly<Record<string, string>>): string {
  return challenge(how, how === "DPoP" ? { ...parameters, algs: ALGORITHMS } : parameters);
}

const ALGORITHMS = PROOF_ALGORITHMS.join(" ");

/** A refused token: 401 with what was wrong and the reason's public sentence, the same for every token. */
export function tokenDenial(how: TokenScheme, reason: ReasonCode, realm: string, internal?: string): Denial {
  const parameters = { realm, error: errorOf(reason), error_description: REASONS[reason].title };
  const lines = ["WWW-Authenticate", tokenChallenge(how, parameters)];
  return deny(reason, { lines, ...(internal !== undefined && { internal }) });
}

function errorOf(reason: ReasonCode): string {
  if (reason === "authentication.proof-nonce-required") return "use_dpop_nonce";
  return reason.startsWith("authentication.proof-") ? "invalid_dpop_proof" : "invalid_token";
}
