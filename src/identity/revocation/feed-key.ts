// The key by which a gate shows that it belongs to the authorization server whose revocations it asks for.
import { createHmac } from "node:crypto";

/** What a gate shows to be told: derived from the secret that both have, so that there is nothing more to configure. */
export function feedKey(secrets: readonly [string, ...string[]]): string {
  return createHmac("sha256", Buffer.from(secrets[0], "base64url"))
    .update("portcullis identity revocation feed")
    .digest("base64url");
}
