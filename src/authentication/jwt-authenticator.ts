// Proves access tokens that are JWTs (RFC 9068, RFC 8725): strict reading, then the key, the signature, the claims, the proof of a bound one.
import type { Credential, Exchange } from "../core/exchange.ts";
import { type Denial, deny } from "../core/outcome.ts";
import type { ReasonCode } from "../core/reasons/registry.ts";
import { sha256Key } from "../cryptography/digest.ts";
import { type CompactJws, TOKEN_BYTES_MAX } from "../cryptography/jws.ts";
import { verifySignature } from "../cryptography/signature.ts";
import { credentialsOf, SEVERAL, singleAuthorization } from "./bearer.ts";
import type { Authenticated, Authenticator } from "./authenticator.ts";
import { tokenChallenge, tokenDenial, type TokenScheme } from "./challenge.ts";
import { type JwtAuthenticatorOptions, type JwtRules, jwtRules } from "./jwt-options.ts";
import type { KeyLookup } from "./key-source.ts";
import { namesOfToken } from "./deny-list.ts";
import { type ProofJudge, proofJudge, type ProofVerdict } from "./proof-judge.ts";
import type { ProofNonces } from "./proof-nonces.ts";
import { proofRules } from "./proof-options.ts";
import { bindingOf } from "./token-binding.ts";
import { TokenCache, type VerifiedToken, VERIFIED_FOR_MS } from "./token-cache.ts";
import type { JudgedHeader } from "./token-header.ts";
import { judgePayload, readToken, type TokenFault } from "./token-judgement.ts";

type Verdict = Credential | Denial;
/** What is known of a token itself, whoever sends it and however. */
type Verified = VerifiedToken | TokenFault;

/** An authenticator for JWTs of one issuer. Throws ProblemsError for options that cannot be meant. */
export function jwtAuthenticator(options: JwtAuthenticatorOptions): Authenticator {
  return new JwtAuthenticator(options);
}

class JwtAuthenticator implements Authenticator {
  readonly scheme: string;
  readonly challenges: readonly string[];
  readonly carriedBy = "authorization";
  readonly provenBy = "dpop";
  readonly #options: JwtAuthenticatorOptions;
  readonly #rules: JwtRules;
  readonly #cache: TokenCache;
  /** Undefined where no bound token is accepted. */
  readonly #proofs: ProofJudge | undefined;
  readonly #isBoundOnly: boolean;
  readonly #nonces: ProofNonces | undefined;
  /** Verifications under way by token: who brings the same token meanwhile waits for the one. */
  readonly #pending = new Map<string, Promise<Verified>>();

  constructor(options: JwtAuthenticatorOptions) {
    this.#options = options;
    this.#rules = jwtRules(options);
    this.#cache = options.cache ?? new TokenCache();
    const { clock, dpop = {} } = options;
    const rules = proofRules(dpop);
    this.#isBoundOnly = rules?.isRequired === true;
    this.#nonces = rules?.nonces;
    this.#proofs = rules && (options.proofs ?? proofJudge({ ...rules, clock, skewMs: this.#rules.claims.skewMs }));
    this.scheme = options.scheme;
    const ways: TokenScheme[] = [
      ...(this.#isBoundOnly ? [] : ["Bearer" as const]),
      ...(rules ? ["DPoP" as const] : []),
    ];
    this.challenges = ways.map((how) => tokenChallenge(how, { realm: this.#rules.realm }));
  }

  authenticate(exchange: Exchange): Authenticated | Promise<Authenticated> {
    const value = singleAuthorization(exchange.request.fields);
    if (value === undefined) return undefined;
    if (value === SEVERAL) {
      return this.#deny("Bearer", "authentication.credentials-malformed", "several Authorization fields");
    }
    let how: TokenScheme = "Bearer";
    let token = credentialsOf(value, "bearer");
    if (token === undefined && this.#proofs !== undefined) {
      how = "DPoP";
      token = credentialsOf(value, "dpop");
    }
    if (token === undefined) return undefined;
    if (token === "") return this.#deny(how, "authentication.credentials-malformed", `no token behind ${how}`);
    if (token.length > TOKEN_BYTES_MAX) return this.#deny(how, "authentication.token-too-large");
    const id = sha256Key(token);
    const { clock } = this.#options;
    const nowMs = clock.nowMs();
    const known = this.#cache.get(id, this.#rules.fingerprint, nowMs, clock.monotonicMs());
    const verified = known ?? this.#pending.get(id) ?? this.#prove(token, id);
    return verified instanceof Promise
      ? verified.then((settled) => this.#settle(settled, how, exchange))
      : this.#settle(verified, how, exchange);
  }

  /** What each request is asked anew: whether its token was revoked meanwhile, and for the proof of a bound one. */
  #settle(verified: Verified, how: TokenScheme, exchange: Exchange): Verdict | Promise<Verdict> {
    if ("reason" in verified) return this.#deny(how, verified.reason, verified.why);
    const { credential, names, binding } = verified;
    const { denied, clock } = this.#options;
    if (denied?.denies(names, clock.nowMs()) === true) return this.#deny(how, "authentication.token-revoked");
    if (binding === undefined) {
      if (how === "Bearer" && !this.#isBoundOnly) return credential;
      return this.#deny("DPoP", "authentication.token-unbound");
    }
    if (this.#proofs === undefined || how === "Bearer") {
      const offered = this.#proofs === undefined ? "Bearer" : "DPoP";
      return this.#deny(offered, "authentication.proof-required", "the token is bound by cnf.jkt and came as Bearer");
    }
    const verdict = this.#proofs.judge(exchange, binding);
    if (verdict instanceof Promise) return verdict.then((settled) => this.#ofProof(settled, credential));
    return this.#ofProof(verdict, credential);
  }

  #ofProof(fault: ProofVerdict, credential: Credential): Verdict {
    if (fault === undefined) return credential;
    const denial = this.#deny("DPoP", fault.reason, fault.why);
    if (fault.reason === "authentication.proofs-exhausted") {
      return { ...denial, lines: ["Retry-After", String(FULL_RETRY_SECONDS)] };
    }
    if (fault.reason !== "authentication.proof-nonce-required") return denial;
    const nonce = this.#nonces?.current(this.#options.clock.nowMs()) as string;
    return { ...denial, lines: [...(denial.lines ?? []), "DPoP-Nonce", nonce] };
  }

  #prove(token: string, id: string): Verified | Promise<Verified> {
    const verdict = this.#read(token, id);
    if (!(verdict instanceof Promise)) return verdict;
    const shared = verdict.finally(() => this.#pending.delete(id));
    this.#pending.set(id, shared);
    return shared;
  }

  #read(token: string, id: string): Verified | Promise<Verified> {
    const read = readToken(token, this.#rules);
    if ("reason" in read) return read;
    const { jws, header } = read;
    const found = this.#options.keys.find(header.kid, header.algorithm);
    if (found instanceof Promise) return found.then((key) => this.#verify(jws, header, key, id, token.length));
    return this.#verify(jws, header, found, id, token.length);
  }

  #verify(
    jws: CompactJws,
    header: JudgedHeader,
    key: KeyLookup,
    id: string,
    tokenBytes: number,
  ): Verified | Promise<Verified> {
    if (key === "unavailable") {
      return { reason: "authentication.keys-unavailable", why: `keys of ${this.#options.keys.name}` };
    }
    if (key === "unknown") return { reason: "authentication.key-unknown" };
    if (key === "unfit")
      return { reason: "authentication.algorithm-rejected", why: "the key is for another algorithm" };
    const settle = (valid: boolean): Verified => {
      if (!valid) return { reason: "authentication.signature-invalid" };
      // It went while the thread pool was at work.
      if (key.retired) return { reason: "authentication.key-unknown" };
      const { clock, keys } = this.#options;
      const verdict = judgePayload(jws.payload, this.scheme, this.#rules, clock.nowMs());
      if ("reason" in verdict) return verdict;
      const names = namesOfToken(jws.payload, this.#rules.profile, jws.signed);
      const verified: VerifiedToken = {
        credential: verdict,
        binding: bindingOf(verdict.principal, id),
        names,
        judgedBy: this.#rules.fingerprint,
        key,
        signed: sha256Key(jws.signed),
        tokenBytes,
        expiresAtMs: verdict.principal.expiresAtMs as number,
        verifiedUntilMs: Math.min(clock.monotonicMs() + VERIFIED_FOR_MS, keys.usableUntilMs()),
      };
      this.#cache.put(id, verified, clock.monotonicMs());
      return verified;
    };
    const valid = verifySignature(key.verification, header.algorithm, jws.signed, jws.signature);
    return typeof valid === "boolean" ? settle(valid) : valid.then(settle);
  }

  #deny(how: TokenScheme, reason: ReasonCode, internal?: string): Denial {
    if (reason === "authentication.keys-unavailable") {
      const lines = ["Retry-After", String(this.#options.keys.retryAfterSeconds())];
      return deny(reason, { lines, ...(internal !== undefined && { internal }) });
    }
    return tokenDenial(this.#isBoundOnly ? "DPoP" : how, reason, this.#rules.realm, internal);
  }
}

/** Half of what is remembered is as old as that. */
const FULL_RETRY_SECONDS = 30;
