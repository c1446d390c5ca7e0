// Judges the DPoP proof beside a token that holds (RFC 9449 7.1): the right key, this request, this token, now, and only once.
import type { Clock } from "../core/clock.ts";
import type { Exchange } from "../core/exchange.ts";
import { sha256Key } from "../cryptography/digest.ts";
import { importPublicJwk } from "../cryptography/jwk.ts";
import { type VerificationKey, verifySignature } from "../cryptography/signature.ts";
import { jwkThumbprint } from "../cryptography/thumbprint.ts";
import { isAddressOf } from "./proof-address.ts";
import type { ProofRules } from "./proof-options.ts";
import { type ProofClaims, readProof } from "./proof.ts";
import type { TokenBinding } from "./token-binding.ts";
import type { TokenFault } from "./token-judgement.ts";

/** Undefined: the proof holds, and is used up. */
export type ProofVerdict = TokenFault | undefined;

export interface ProofJudge {
  judge(exchange: Exchange, binding: TokenBinding): ProofVerdict | Promise<ProofVerdict>;
}

export interface ProofJudgeOptions extends ProofRules {
  readonly clock: Clock;
  readonly skewMs: number;
}

/**
 * Everything that costs nothing comes first. The key is compared with the token's before anything is computed with it: strangers
 * cannot have the gate verify signatures with keys of their choice.
 */
export function proofJudge(options: ProofJudgeOptions): ProofJudge {
  const { clock, skewMs, maxAgeMs, nonces, memory, publicOrigin } = options;

  const misfit = (claims: ProofClaims, { request }: Exchange, binding: TokenBinding): ProofVerdict => {
    const { htm, htu, iatMs, ath } = claims;
    if (htm !== request.method)
      return { reason: "authentication.proof-request-mismatch", why: "htm is another method" };
    if (!isAddressOf(htu, request, publicOrigin)) {
      const why = `htu is not the address of this request: ${request.secure ? "https" : "http"} at ${request.authority}`;
      return { reason: "authentication.proof-request-mismatch", why };
    }
    if (ath === undefined) return { reason: "authentication.proof-token-mismatch", why: "ath is missing" };
    if (ath !== binding.ath) return { reason: "authentication.proof-token-mismatch", why: "ath is of another token" };
    const nowMs = clock.nowMs();
    if (iatMs - nowMs > skewMs) return { reason: "authentication.proof-stale", why: "iat lies ahead" };
    if (nowMs - iatMs > maxAgeMs + skewMs) return { reason: "authentication.proof-stale", why: "iat is too old" };
    return undefined;
  };

  /** Last of all, so that nobody uses up a proof, or learns a nonce, without the key. */
  const use = ({ jti, iatMs, nonce }: ProofClaims, exchange: Exchange, { jkt, owner }: TokenBinding): ProofVerdict => {
    const nowMs = clock.nowMs();
    const fresh = nonces === undefined ? "current" : nonce === undefined ? "unknown" : nonces.judge(nonce, nowMs);
    if (fresh === "unknown") {
      const why = nonce === undefined ? "the proof has no nonce" : "its nonce is none of ours, or has ended";
      return { reason: "authentication.proof-nonce-required", why };
    }
    const id = sha256Key(`${jkt} ${jti}`);
    // Two schemes of one operation may take the same token.
    if (exchange.usedProof === id) return undefined;
    const used = memory.use({ id, owner, madeMs: iatMs, untilMs: iatMs + maxAgeMs + skewMs + 1 }, nowMs);
    if (used === "used") return { reason: "authentication.proof-replayed", why: "jti was used before" };
    if (used === "full") return { reason: "authentication.proofs-exhausted", why: "no room to remember its jti" };
    exchange.usedProof = id;
    if (nonces !== undefined && fresh === "former") tellNonce(exchange, nonces.current(nowMs));
    return undefined;
  };

  const judge = (exchange: Exchange, binding: TokenBinding): ProofVerdict | Promise<ProofVerdict> => {
    const { fields } = exchange.request;
    const text = fields.get("dpop");
    if (text === undefined) return { reason: "authentication.proof-required", why: "there is no DPoP field" };
    if (fields.count("dpop") > 1) return { reason: "authentication.proof-malformed", why: "several DPoP fields" };
    const proof = readProof(text);
    if ("reason" in proof) return proof;
    if (jwkThumbprint(proof.jwk) !== binding.jkt) {
      return { reason: "authentication.proof-key-mismatch", why: "its key is not the one of cnf.jkt" };
    }
    const fault = misfit(proof.claims, exchange, binding);
    if (fault !== undefined) return fault;
    const key = keyOf(binding, proof.jwk);
    if (typeof key === "string")
      return { reason: "authentication.proof-malformed", why: `its key cannot be used: ${key}` };
    const { signed, signature } = proof.jws;
    const valid = verifySignature(key, proof.algorithm, signed, signature);
    if (typeof valid === "boolean") return valid ? use(proof.claims, exchange, binding) : FORGED;
    return valid.then((isValid) => (isValid ? use(proof.claims, exchange, binding) : FORGED));
  };
  return { judge };
}

const FORGED: TokenFault = { reason: "authentication.proof-signature-invalid", why: "the signature is not its key's" };

function keyOf(binding: TokenBinding, jwk: Readonly<Record<string, string>>): VerificationKey | string {
  if (binding.key !== undefined) return binding.key;
  const key = importPublicJwk(jwk);
  if (typeof key !== "string") binding.key = key;
  return key;
}

/** A nonce that ends soon is exchanged in time; a cache must not hand it to others (RFC 9449 8.2). */
function tellNonce(exchange: Exchange, nonce: string): void {
  exchange.setAnswerField("DPoP-Nonce", nonce);
  exchange.setAnswerField("Cache-Control", "no-store");
}
