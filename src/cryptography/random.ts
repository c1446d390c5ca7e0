// Identifiers that nobody can guess.
import { randomBytes } from "node:crypto";

/** Base64url of that many random bytes; 16 are enough to be unique and unguessable. */
export function randomId(bytes = 16): string {
  return randomBytes(bytes).toString("base64url");
}
