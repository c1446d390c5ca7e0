// Who called, for the record: made once per credential, without the credential and without its claims.
import { createHmac, randomBytes } from "node:crypto";
import type { Principal } from "../core/principal.ts";
import { cut, quoted, visible } from "./escaping.ts";
import { withoutTokens } from "./masking.ts";

const NAME_CHARACTERS_MAX = 256;
const HASH_KEY_BYTES_MIN = 16;
/** 128 bits of a keyed hash: enough to tell tokens apart, and not to be reversed or precomputed without the key. */
const TOKEN_HASH_DIGITS = 32;

/** Both as JSON members with a comma after them, or nothing. */
export interface Identity {
  /** `"user":{"id":…},` */
  readonly user: string;
  /** `"authentication":{…},` below `portcullis`. */
  readonly authentication: string;
  /** For a person at a terminal. */
  readonly name: string;
}

export class IdentityFields {
  readonly #known = new WeakMap<Principal, Identity>();
  readonly #key: string | Uint8Array;

  /** @param hashKey keys the hashes of token ids; by default one of this process, so that they compare within it only. */
  constructor(hashKey: string | Uint8Array | undefined) {
    if (hashKey !== undefined && Buffer.byteLength(hashKey) < HASH_KEY_BYTES_MIN) {
      throw new RangeError(`The key for hashes in records must have at least ${HASH_KEY_BYTES_MIN} bytes.`);
    }
    this.#key = hashKey ?? randomBytes(32);
  }

  of(principal: Principal): Identity {
    let identity = this.#known.get(principal);
    if (identity === undefined) {
      identity = this.#make(principal);
      this.#known.set(principal, identity);
    }
    return identity;
  }

  #make(principal: Principal): Identity {
    if (principal.kind === "anonymous") return { user: "", authentication: "", name: "" };
    const { subject, tokenId } = principal;
    let members = `"kind":"${principal.kind}"`;
    members += member("method", principal.method);
    members += member("scheme", principal.scheme);
    members += member("issuer", principal.issuer);
    members += member("client_id", principal.client);
    if (tokenId !== undefined) members += `,"token_hash":"${this.#hash(principal.issuer ?? "", tokenId)}"`;
    return {
      user: subject === undefined ? "" : `"user":{"id":${quoted(withoutTokens(subject), NAME_CHARACTERS_MAX)}},`,
      authentication: `"authentication":{${members}},`,
      name: visible(cut(withoutTokens(subject ?? principal.client ?? ""), NAME_CHARACTERS_MAX)),
    };
  }

  #hash(issuer: string, tokenId: string): string {
    const hmac = createHmac("sha256", this.#key);
    return hmac.update(`${issuer}\0${tokenId}`).digest("hex").slice(0, TOKEN_HASH_DIGITS);
  }
}

function member(name: string, value: string | undefined): string {
  return value === undefined ? "" : `,"${name}":${quoted(withoutTokens(value), NAME_CHARACTERS_MAX)}`;
}
