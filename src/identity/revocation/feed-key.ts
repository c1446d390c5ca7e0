// The key by which a gate shows that it belongs to the authorization server whose revocations it asks for.
import { createHmac, timingSafeEqual } from "node:crypto";
import type { IncomingMessage } from "node:http";

/** What a gate shows to be told: derived from the secret that both have, so that there is nothing more to configure. */
export function feedKey(secrets: readonly [string, ...string[]]): string {
  return createHmac("sha256", Buffer.from(secrets[0], "base64url"))
    .update("portcullis identity revocation feed")
    .digest("base64url");
}

export class GateKey {
  readonly #authorization: Buffer;

  constructor(secrets: readonly [string, ...string[]]) {
    this.#authorization = Buffer.from(`Bearer ${feedKey(secrets)}`);
  }

  isShown(request: IncomingMessage): boolean {
    const given = Buffer.from(request.headers.authorization ?? "");
    return given.length === this.#authorization.length && timingSafeEqual(given, this.#authorization);
  }
}
