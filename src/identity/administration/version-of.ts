// Names a state of what is administered, for `ETag` and `If-Match`: who changes it says from which state (RFC 9110 13.1.1).
import { createHash } from "node:crypto";

export function versionOf(state: unknown): string {
  return createHash("sha256").update(JSON.stringify(state)).digest("base64url").slice(0, 22);
}
