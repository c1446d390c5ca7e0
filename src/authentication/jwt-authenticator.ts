// Proves access tokens that are JWTs (RFC 9068, RFC 8725): strict reading, then the key, the signature, the claims.
import type { Credential, Exchange } from "../core/exchange.ts";
import { type Denial, deny } from "../core/outcome.ts";
import type { ReasonCode } from "../core/reasons/registry.ts";
import { sha256Key } from "../cryptography/digest.ts";
import { type CompactJws, type JwsFault, readCompactJws, TOKEN_BYTES_MAX } from "../cryptography/jws.ts";
import { verifySignature } from "../cryptography/signature.ts";
import { bearerToken, SEVERAL } from "./bearer.ts";
import type { Authenticated, Authenticator } from "./authenticator.ts";
import { bearerDenial, challenge } from "./challenge.ts";
import { type JwtAuthenticatorOptions, type JwtRules, jwtRules } from "./jwt-options.ts";
import type { KeyLookup } from "./key-source.ts";
import { namesOfToken } from "./deny-list.ts";
import { TokenCache, type VerifiedToken, VERIFIED_FOR_MS } from "./token-cache.ts";
import { issuerDifference, judgeClaims } from "./token-claims.ts";
import { type JudgedHeader, judgeHeader } from "./token-header.ts";
import { tokenPrincipal } from "./token-principal.ts";
import { foreignPayload } from "./token-profile.ts";

type Verdict = Credential | Denial;

/** For the owner: the commonest cause first. */
const WHY_UNREAD: Readonly<Record<JwsFault, string>> = {
  "too-large": "it is too large",
  "not-compact": "it is no JWT: an opaque token, perhaps, which only its issuer can read",
  encoding: "a part of it is no strict base64url",
  header: "its header is no strict JSON object",
  payload: "its payload is no strict JSON object",
};

/** An authenticator for bearer JWTs of one issuer. Throws ProblemsError for options that cannot be meant. */
export function jwtAuthenticator(options: JwtAuthenticatorOptions): Authenticator {
  return new JwtAuthenticator(options);
}

class JwtAuthenticator implements Authenticator {
  readonly scheme: string;
  readonly challenge: string;
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
    const jws = readCompactJws(token);
    if (typeof jws === "string") return this.#deny("authentication.token-malformed", WHY_UNREAD[jws]);
    // First: another issuer's token is no reason to load keys or to try a signature (J11, J27).
    const issuer = jws.payload["iss"];
    if (issuer !== undefined && issuer !== this.#rules.issuer)
      return this.#deny("authentication.issuer-rejected", issuerDifference(issuer, this.#rules.issuer));
    const header = judgeHeader(jws.header, this.#rules.header);
    if ("reason" in header) return this.#deny(header.reason, header.why);
    if (issuer === undefined) return this.#deny("authentication.issuer-rejected", "iss is missing");
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
      const verdict = this.#judge(jws);
      if ("kind" in verdict) return verdict;
      const { clock, keys } = this.#options;
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

  /** Judges what the issuer has signed. */
  #judge(jws: CompactJws): Verdict {
    const { profile, claims } = this.#rules;
    const foreign = foreignPayload(jws.payload, profile);
    if (foreign !== undefined) return this.#deny("authentication.token-type-rejected", foreign);
    const expiresAtMs = judgeClaims(jws.payload, claims, this.#options.clock.nowMs());
    if (typeof expiresAtMs !== "number") return this.#deny(expiresAtMs.reason, expiresAtMs.why);
    const principal = tokenPrincipal(jws.payload, this.scheme, profile, expiresAtMs);
    if (typeof principal === "string") {
      return this.#deny("authentication.token-malformed", `the claim for ${principal} has a wrong shape`);
    }
    return Object.freeze({ scheme: this.scheme, principal });
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
