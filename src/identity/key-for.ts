// Keys for each purpose, made of one secret: none of them tells another.
import { createHmac } from "node:crypto";

/** `secret`: 32 bytes in base64url. */
export function keyFor(purpose: string, secret: string): Buffer {
  return createHmac("sha256", Buffer.from(secret, "base64url")).update(`portcullis identity ${purpose}`).digest();
}

/** What is mixed into passwords. In the order of the secrets. */
export function peppersOf(secrets: readonly string[]): [Buffer, ...Buffer[]] {
  return secrets.map((secret) => keyFor("pepper", secret)) as [Buffer, ...Buffer[]];
}
