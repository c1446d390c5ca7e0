// SHA-256 in one call: names for secrets that must not be kept themselves.
import { hash } from "node:crypto";

/** 32 characters of one byte each: the shortest key of a map. Never for display. */
export function sha256Key(text: string | Uint8Array): string {
  return hash("sha256", text, "binary");
}

/** For records and wire formats. */
export function sha256Base64url(text: string | Uint8Array): string {
  return hash("sha256", text, "base64url");
}
