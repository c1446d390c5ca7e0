// Reads access tokens that this server signed: the core does not keep them, and refuses them where it is asked about one.
import { importPublicJwk } from "../../cryptography/jwk.ts";
import { readCompactJws } from "../../cryptography/jws.ts";
import { verifySignature } from "../../cryptography/signature.ts";
import type { SigningKey } from "../keys/signing-keys.ts";

export type Claims = Readonly<Record<string, unknown>>;

/** Claims of a token that one of the keys signed; whether it has ended is not asked here. */
export type SignedTokenReader = (token: string) => Promise<Claims | undefined>;

export function signedTokenReader(keys: readonly SigningKey[]): SignedTokenReader {
  const verifiers = keys.map(({ publicJwk }) => importPublicJwk(publicJwk));
  return async (token) => {
    const jws = readCompactJws(token);
    if (typeof jws === "string" || jws.header["alg"] !== "ES256" || jws.header["typ"] !== "at+jwt") return undefined;
    for (const key of verifiers) {
      if (typeof key === "string" || key.kid !== jws.header["kid"]) continue;
      return (await verifySignature(key, "ES256", jws.signed, jws.signature)) ? jws.payload : undefined;
    }
    return undefined;
  };
}

/** What the core knows of a request when it comes back from it: the client is authenticated by then. */
export interface Answered {
  readonly route?: string;
  readonly client?: { readonly clientId: string; readonly clientAuthMethod?: string | undefined };
  readonly params?: Readonly<Record<string, unknown>>;
}
