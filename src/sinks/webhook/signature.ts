// Signs what is sent, in the form of Standard Webhooks: HMAC-SHA256 over id, time and body. Two secrets while one takes the
// other's place: receivers accept any signature that they know.
import { createHash, createHmac } from "node:crypto";

export interface SignedFields {
  readonly "webhook-id": string;
  readonly "webhook-timestamp": string;
  readonly "webhook-signature": string;
}

export class Signer {
  readonly #keys: readonly Uint8Array[];

  /** `secrets` as `keyOf` read them. */
  constructor(secrets: readonly string[]) {
    this.#keys = secrets.map((secret) => keyOf(secret));
  }

  /** The time goes in, so that a receiver can refuse what is old: a captured request is worth nothing for long. */
  sign(id: string, nowMs: number, body: Uint8Array): SignedFields {
    const timestamp = String(Math.floor(nowMs / 1_000));
    const signatures = this.#keys.map((key) => {
      const hash = createHmac("sha256", key).update(`${id}.${timestamp}.`).update(body).digest("base64");
      return `v1,${hash}`;
    });
    return { "webhook-id": id, "webhook-timestamp": timestamp, "webhook-signature": signatures.join(" ") };
  }
}

/** Another request has another id; the same one, sent again, the same: receivers drop what they have. */
export function requestId(parts: readonly string[]): string {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part).update("\n");
  return `msg_${hash.digest("base64url").slice(0, 27)}`;
}

/** As Standard Webhooks writes secrets, `whsec_` and base64, or the text itself. */
export function keyOf(secret: string): Uint8Array {
  return secret.startsWith("whsec_") ? Buffer.from(secret.slice("whsec_".length), "base64") : Buffer.from(secret);
}
