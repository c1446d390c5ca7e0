// Proves access tokens that are JWTs (RFC 9068, RFC 8725): strict reading, then the key, the signature, the claims.
import type { Credential, Exchange } from "../core/exchange.ts";
import { type Denial, deny } from "../core/outcome.ts";
import type { ReasonCode } from "../core/reasons/registry.ts";
import { sha256Key } from "../cryptography/digest.ts";
import { type CompactJws, TOKEN_BYTES_MAX } from "../cryptography/jws.ts";
import { verifySignature } from "../cryptography/signature.ts";
import { bearerToken, SEVERAL } from "./bearer.ts";
import type { Authenticated, Authenticator } from "./authenticator.ts";
import { bearerDenial, challenge } from "./challenge.ts";
import { type JwtAuthenticatorOptions, type JwtRules, jwtRules } from "./jwt-options.ts";
import type { KeyLookup } from "./key-source.ts";
import { namesOfToken } from "./deny-list.ts";
import { TokenCache, type VerifiedToken, VERIFIED_FOR_MS } from "./token-cache.ts";
import type { JudgedHeader } from "./token-header.ts";
import { judgePayload, readToken } from "./token-judgement.ts";

type Verdict = Credential | Denial;

/** An authenticator for bearer JWTs of one issuer. Throws ProblemsError for options that cannot be meant. */
export function jwtAuthenticator(options: JwtAuthenticatorOptions): Authenticator {
  return new JwtAuthenticator(options);
}

class JwtAuthenticator implements Authenticator {
  readonly scheme: string;
  readonly challenge: string;
  readonly carriedBy = "authorization";
  readonly #options: JwtAuthenticatorOptions;
  readonly #rules: JwtRules;
  readonly #cache: TokenCache;
  /** Verifications under way by token: who brings the same token meanwhile waits for the one. */
  readonly #pending = new Map<string, Promise<Verdict>>();

  constructor(options: JwtAuthenticatorOptions) {
    this.#options = options;
    this.#rules = jwtRules(options);
    this.#cache = options.cache ?? new TokenCache();
    this.scheme = options.scheme;
    this.challenge = challenge("Bearer", { realm: this.#rules.realm });
  }

  authenticate(exchange: Exchange): Authenticated | Promise<Authenticated> {
    const token = bearerToken(exchange.request.fields);
    if (token === undefined) return undefined;
    if (token === SEVERAL) return this.#deny("authentication.credentials-malformed", "several Authorization fields");
    if (token === "") return this.#deny("authentication.credentials-malformed", "no token behind Bearer");
    if (token.length > TOKEN_BYTES_MAX) return this.#deny("authentication.token-too-large");
    const id = sha256Key(token);
    const { clock } = this.#options;
    const nowMs = clock.nowMs();
    const known = this.#cache.get(id, this.#rules.fingerprint, nowMs, clock.monotonicMs());
    if (known !== undefined) return this.#unlessRevoked(known, nowMs);
    return this.#pending.get(id) ?? this.#prove(token, id);
  }

  #prove(token: string, id: string): Verdict | Promise<Verdict> {
    const verdict = this.#read(token, id);
    if (!(verdict instanceof Promise)) return verdict;
    const shared = verdict.finally(() => this.#pending.delete(id));
    this.#pending.set(id, shared);
    return shared;
  }

  #read(token: string, id: string): Verdict | Promise<Verdict> {
    const read = readToken(token, this.#rules);
    if ("reason" in read) return this.#deny(read.reason, read.why);
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
  ): Verdict | Promise<Verdict> {
    if (key === "unavailable") return this.#unavailable();
    if (key === "unknown") return this.#deny("authentication.key-unknown");
    if (key === "unfit") return this.#deny("authentication.algorithm-rejected", "the key is for another algorithm");
    const settle = (valid: boolean): Verdict => {
      if (!valid) return this.#deny("authentication.signature-invalid");
      // It went while the thread pool was at work.
      if (key.retired) return this.#deny("authentication.key-unknown");
      const { clock, keys } = this.#options;
      const verdict = judgePayload(jws.payload, this.scheme, this.#rules, clock.nowMs());
      if ("reason" in verdict) return this.#deny(verdict.reason, verdict.why);
      const names = namesOfToken(jws.payload, this.#rules.profile, jws.signed);
      const verified: VerifiedToken = {
        credential: verdict,
        names,
        judgedBy: this.#rules.fingerprint,
        key,
        signed: sha256Key(jws.signed),
        tokenBytes,
        expiresAtMs: verdict.principal.expiresAtMs as number,
        verifiedUntilMs: Math.min(clock.monotonicMs() + VERIFIED_FOR_MS, keys.usableUntilMs()),
      };
      this.#cache.put(id, verified);
      return this.#unlessRevoked(verified, clock.nowMs());
    };
    const valid = verifySignature(key.verification, header.algorithm, jws.signed, jws.signature);
    return typeof valid === "boolean" ? settle(valid) : valid.then(settle);
  }

  /** Asked of every token that holds, remembered or not: what is revoked now counts now. */
  #unlessRevoked({ credential, names }: VerifiedToken, nowMs: number): Verdict {
    const { denied } = this.#options;
    return denied?.denies(names, nowMs) === true ? this.#deny("authentication.token-revoked") : credential;
  }

  #deny(reason: ReasonCode, internal?: string): Denial {
    return bearerDenial(reason, this.#rules.realm, internal);
  }

  #unavailable(): Denial {
    return deny("authentication.keys-unavailable", {
      lines: ["Retry-After", String(this.#options.keys.retryAfterSeconds())],
      internal: `keys of ${this.#options.keys.name}`,
    });
  }
}
