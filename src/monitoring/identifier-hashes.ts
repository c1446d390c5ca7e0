// Keyed hashes of identifiers that must stay comparable and name nobody, each with the id of its key: what has another key does not compare.
import { createHmac, randomBytes } from "node:crypto";

const KEY_BYTES_MIN = 16;
/** 128 bits of a keyed hash: enough to tell tokens apart, and not to be reversed or precomputed without the key. */
const HASH_DIGITS = 32;
/** Tells a handful of keys apart, and says nothing of them. */
const KEY_ID_DIGITS = 8;

type Key = string | Uint8Array;

/** One key, or the newest first while another one takes its place. */
export type HashKeys = Key | readonly [Key, ...Key[]];

export interface KeyedHash {
  readonly hash: string;
  readonly key: string;
}

export class IdentifierHashes {
  readonly #keys: readonly { readonly key: Key; readonly id: string }[];

  /** By default a key of this process: hashes compare within it only. */
  constructor(keys: HashKeys = randomBytes(32)) {
    const all: readonly Key[] = typeof keys === "string" || keys instanceof Uint8Array ? [keys] : keys;
    if (all.some((key) => Buffer.byteLength(key) < KEY_BYTES_MIN)) {
      throw new RangeError(`The key for hashes in records must have at least ${KEY_BYTES_MIN} bytes.`);
    }
    this.#keys = all.map((key) => ({ key, id: hashWith(key, "key id").slice(0, KEY_ID_DIGITS) }));
  }

  /** By each key, that of the newest first. `issuer`: an identifier is unique only together with it. */
  of(issuer: string, identifier: string): KeyedHash[] {
    return this.#keys.map(({ key, id }) => ({
      hash: hashWith(key, `${issuer}\0${identifier}`).slice(0, HASH_DIGITS),
      key: id,
    }));
  }
}

function hashWith(key: Key, text: string): string {
  return createHmac("sha256", key).update(text).digest("hex");
}
