// What holds of keys that clients prove to have, beyond what the core asks: DPoP proofs (RFC 9449) and client assertions (RFC 7523, FAPI 2.0).
import { errors, type KoaContextWithOIDC } from "oidc-provider";
import { readProof } from "../../authentication/index.ts";
import { readCompactJws } from "../../cryptography/jws.ts";

/** The core accepts proofs without a nonce from so far ahead, and forgets them as long after their use. */
export const PROOF_AHEAD_SECONDS = 300;
/** An assertion is made for one request; until it ends its id must be kept. */
const ASSERTION_SECONDS_MAX = 300;
/** FAPI 2.0 5.3.2.1 asks for ten seconds of tolerance. */
export const TOLERANCE_SECONDS = 10;
const JTI_LENGTH_MAX = 256;

/** Whether all tokens of a client are bound to a key: those of profile `fapi2`. */
export function isBoundOnly({ oidc }: KoaContextWithOIDC): boolean {
  return oidc.client?.["dpopBoundAccessTokens"] === true;
}

/**
 * The core's question whether a proof must hold a nonce is the one that it asks before it looks at the proof: so that what two readers
 * could take for two things is refused first.
 */
export function requireNonce(ctx: KoaContextWithOIDC): boolean {
  const proof = readProof(ctx.get("DPoP"));
  if ("reason" in proof) throw new errors.InvalidDpopProof(proof.why ?? "it is malformed");
  return isBoundOnly(ctx);
}

/** RFC 7523bis, FAPI 2.0 5.3.2.1: `aud` is the issuer and nothing else, so that no other server can use what it was sent. */
export function judgeAssertion(
  issuer: string,
  { oidc }: KoaContextWithOIDC,
  claims: Readonly<Record<string, unknown>>,
): void {
  const { aud, exp, jti } = claims;
  const text = oidc.params?.["client_assertion"];
  const refuse = (why: string): never => {
    throw new errors.InvalidClientAuth(why);
  };
  if (typeof text !== "string" || typeof readCompactJws(text) === "string")
    refuse("the assertion is not strictly encoded");
  if (aud !== issuer) refuse("aud of an assertion must be the issuer, as a text");
  const nowSeconds = Date.now() / 1_000;
  if (typeof exp !== "number" || exp - nowSeconds > ASSERTION_SECONDS_MAX)
    refuse("exp of an assertion is too far ahead");
  if (typeof jti !== "string" || jti.length > JTI_LENGTH_MAX) refuse("jti of an assertion is wrongly shaped");
}
