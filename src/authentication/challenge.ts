// WWW-Authenticate values (RFC 9110 11.6.1, RFC 6750 3). They never carry anything that the client sent.
import type { Denial } from "../core/outcome.ts";
import { deny } from "../core/outcome.ts";
import { REASONS, type ReasonCode } from "../core/reasons/registry.ts";

/** Characters of `error_description` (RFC 6750 3), which are safe in every quoted string. */
const FOREIGN = /[^\x20\x21\x23-\x5b\x5d-\x7e]/g;

/** `Bearer realm="orders"`: scheme and parameters, quoted. */
export function challenge(scheme: string, parameters: Readonly<Record<string, string>>): string {
  const written = Object.entries(parameters).map(([name, value]) => `${name}="${value.replace(FOREIGN, "'")}"`);
  return written.length === 0 ? scheme : `${scheme} ${written.join(", ")}`;
}

/** A refused bearer token: 401 with `invalid_token` and the reason's public sentence, the same for every token. */
export function bearerDenial(reason: ReasonCode, realm: string, internal?: string): Denial {
  const value = challenge("Bearer", { realm, error: "invalid_token", error_description: REASONS[reason].title });
  return deny(reason, { lines: ["WWW-Authenticate", value], ...(internal !== undefined && { internal }) });
}
