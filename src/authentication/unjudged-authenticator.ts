// For schemes that nobody configured: it denies, so that in monitor the record says "cannot judge" and enforced nothing is open.
import { deny } from "../core/outcome.ts";
import type { Authenticator } from "./authenticator.ts";

export function unjudgedAuthenticator(scheme: string): Authenticator {
  const denial = deny("authentication.scheme-unjudged", { internal: `nothing verifies the security scheme ${scheme}` });
  return { scheme, challenges: [], carriedBy: "", authenticate: () => denial };
}
