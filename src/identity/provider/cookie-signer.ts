// Signs the protocol core's cookies, as its Keygrip does but by SHA-256 and keys that are prepared once: three cookies of a request took eighteen keys.
import { createHmac, createSecretKey, type KeyObject, timingSafeEqual } from "node:crypto";

export class CookieSigner {
  readonly #keys: readonly KeyObject[];

  /** Newest first: that one signs, all of them verify. */
  constructor(keys: readonly Buffer[]) {
    this.#keys = keys.map((key) => createSecretKey(key));
  }

  sign(text: string): string {
    return signatureBy(this.#keys[0] as KeyObject, text);
  }

  /** Of the key that it was signed by, or -1. What an older one signed is signed anew by whoever asks. */
  index(text: string, signature: string): number {
    const given = Buffer.from(signature);
    return this.#keys.findIndex((key) => {
      const expected = Buffer.from(signatureBy(key, text));
      return expected.length === given.length && timingSafeEqual(expected, given);
    });
  }

  verify(text: string, signature: string): boolean {
    return this.index(text, signature) >= 0;
  }
}

function signatureBy(key: KeyObject, text: string): string {
  return createHmac("sha256", key).update(text).digest("base64url");
}
