// The key that an access token is bound to (RFC 9449 6, RFC 7800 3.1): whoever sends the token must prove to have it.
import type { Principal } from "../core/principal.ts";
import { isJsonObject, type JsonValue } from "../cryptography/json.ts";
import type { VerificationKey } from "../cryptography/signature.ts";

export interface TokenBinding {
  /** Thumbprint of the key. */
  readonly jkt: string;
  /** Hash of the token, as its proofs name it. */
  readonly ath: string;
  /** Who the token was given to, for whoever shares room among callers. */
  readonly owner: string;
  /** The key itself, once it was seen: `jkt` names it wholly. */
  key: VerificationKey | undefined;
}

/** Undefined for a token that is bound to nothing. `id`: what the cache knows the token by, its SHA-256. */
export function bindingOf(principal: Principal, id: string): TokenBinding | undefined {
  const { boundTo, issuer, client, subject } = principal;
  if (boundTo === undefined) return undefined;
  const ath = Buffer.from(id, "latin1").toString("base64url");
  return { jkt: boundTo, ath, owner: JSON.stringify([issuer, client, subject]), key: undefined };
}

/** SHA-256 in base64url. */
const THUMBPRINT = /^[\w-]{43}$/;

/**
 * The thumbprint that `cnf` holds. Undefined where it holds anything else, also beside one: every confirmation must be proven, and
 * that of a client certificate (`x5t#S256`, RFC 8705) is not verified here.
 */
export function boundThumbprint(cnf: JsonValue): string | undefined {
  if (!isJsonObject(cnf) || Object.keys(cnf).length !== 1) return undefined;
  const { jkt } = cnf as Readonly<Record<"jkt", JsonValue | undefined>>;
  return typeof jkt === "string" && THUMBPRINT.test(jkt) ? jkt : undefined;
}
