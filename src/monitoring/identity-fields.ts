// Who called, for the record: made once per credential, without the credential and without its claims.
import type { Principal } from "../core/principal.ts";
import { cut, quoted, visible } from "./escaping.ts";
import { type HashKeys, IdentifierHashes } from "./identifier-hashes.ts";
import { withoutTokens } from "./masking.ts";

const NAME_CHARACTERS_MAX = 256;

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
  readonly #hashes: IdentifierHashes;

  /** @param hashKeys key the hashes of token ids. */
  constructor(hashKeys: HashKeys | undefined) {
    this.#hashes = new IdentifierHashes(hashKeys);
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
    if (tokenId !== undefined) members += this.#tokenMembers(principal.issuer ?? "", tokenId);
    return {
      user: subject === undefined ? "" : `"user":{"id":${quoted(withoutTokens(subject), NAME_CHARACTERS_MAX)}},`,
      authentication: `"authentication":{${members}},`,
      name: visible(cut(withoutTokens(subject ?? principal.client ?? ""), NAME_CHARACTERS_MAX)),
    };
  }

  /** While a key takes another's place, the hash by that one too: what was recorded before compares with what comes. */
  #tokenMembers(issuer: string, tokenId: string): string {
    const [newest, previous] = this.#hashes.of(issuer, tokenId);
    const members = `,"token_hash":"${newest?.hash}","token_hash_key":"${newest?.key}"`;
    if (previous === undefined) return members;
    return `${members},"previous_token_hash":"${previous.hash}","previous_token_hash_key":"${previous.key}"`;
  }
}

/** A client of the authorization server, by its id. */
export function clientJson(id: string): string {
  return member("client_id", id).slice(1);
}

function member(name: string, value: string | undefined): string {
  return value === undefined ? "" : `,"${name}":${quoted(withoutTokens(value), NAME_CHARACTERS_MAX)}`;
}
