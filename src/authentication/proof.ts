// Reads a DPoP proof (RFC 9449 4.2) strictly: what is one, which key it shows, what it claims. Nothing of it is verified yet.
import { hasPrivateMember } from "../cryptography/jwk.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "../cryptography/json.ts";
import { type CompactJws, readCompactJws } from "../cryptography/jws.ts";
import { type AlgorithmName, isAlgorithmName } from "../cryptography/signature.ts";
import { bareJwk } from "../cryptography/thumbprint.ts";
import type { TokenFault } from "./token-judgement.ts";
import { PROOF_ALGORITHMS } from "./proof-options.ts";

/** A key of RSA with 8192 bits and its signature need 3.4 KB; common proofs have 0.5. */
const PROOF_BYTES_MAX = 4_096;
const TYPE = "dpop+jwt";
/** Extensions that change what is signed or how it is read. `jku`, `x5u`, `x5c` and `kid` are never read: the key stands in `jwk`. */
const REFUSED = ["crit", "b64", "zip", "enc", "epk"];
/** Long enough for every kind of random id, short enough to be nobody's store. */
const JTI_LENGTH_MAX = 256;

export interface ReadProof {
  readonly jws: CompactJws;
  readonly algorithm: AlgorithmName;
  /** The key, with no member but those that make it. */
  readonly jwk: Readonly<Record<string, string>>;
  readonly claims: ProofClaims;
}

export interface ProofClaims {
  readonly jti: string;
  readonly htm: string;
  readonly htu: string;
  readonly iatMs: number;
  readonly ath: string | undefined;
  readonly nonce: string | undefined;
}

export function readProof(text: string): ReadProof | TokenFault {
  if (text.length > PROOF_BYTES_MAX) return malformed("it is too large");
  const jws = readCompactJws(text);
  if (typeof jws === "string") return malformed(`it is no strict JWS: ${jws}`);
  const { typ, alg, jwk } = jws.header as Readonly<Record<"typ" | "alg" | "jwk", JsonValue | undefined>>;
  if (typ !== TYPE) return malformed(`typ is not ${TYPE}`);
  for (const name of REFUSED) if (jws.header[name] !== undefined) return malformed(`its header has ${name}`);
  if (typeof alg !== "string" || !isAlgorithmName(alg) || !PROOF_ALGORITHMS.includes(alg)) {
    return {
      reason: "authentication.proof-algorithm-rejected",
      why: `alg is not one of ${PROOF_ALGORITHMS.join(", ")}`,
    };
  }
  if (!isJsonObject(jwk)) return malformed("its header has no jwk");
  if (hasPrivateMember(jwk)) return malformed("it gives its private key away");
  const bare = bareJwk(jwk);
  if (bare === undefined) return malformed("jwk is no public key of a known type");
  const claims = claimsOf(jws.payload);
  return typeof claims === "string" ? malformed(claims) : { jws, algorithm: alg, jwk: bare, claims };
}

/** Clients write `iat` with fractions, too (RFC 7519 2). */
function claimsOf(payload: JsonObject): ProofClaims | string {
  const { jti, htm, htu, iat, ath, nonce } = payload as Readonly<Record<string, JsonValue | undefined>>;
  if (typeof jti !== "string" || jti === "" || jti.length > JTI_LENGTH_MAX) return "jti is missing or wrongly shaped";
  if (typeof htm !== "string") return "htm is missing or wrongly shaped";
  if (typeof htu !== "string") return "htu is missing or wrongly shaped";
  if (typeof iat !== "number" || iat < 0) return "iat is missing or wrongly shaped";
  if (ath !== undefined && typeof ath !== "string") return "ath is wrongly shaped";
  if (nonce !== undefined && typeof nonce !== "string") return "nonce is wrongly shaped";
  return { jti, htm, htu, iatMs: iat * 1_000, ath, nonce };
}

function malformed(why: string): TokenFault {
  return { reason: "authentication.proof-malformed", why };
}
