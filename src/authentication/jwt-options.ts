// The options of a JWT authenticator, checked and completed once, before any request.
import type { Clock } from "../core/clock.ts";
import { ASYMMETRIC_ALGORITHMS, type AlgorithmName } from "../cryptography/signature.ts";
import { brokenOption } from "./broken-option.ts";
import type { DenyList } from "./deny-list.ts";
import type { KeySource } from "./key-source.ts";
import type { ProofJudge } from "./proof-judge.ts";
import type { DpopOptions } from "./proof-options.ts";
import type { TokenCache } from "./token-cache.ts";
import type { ClaimRules } from "./token-claims.ts";
import type { HeaderRules } from "./token-header.ts";
import { NEVER_ACCESS_TOKENS, TOKEN_PROFILES, type TokenPreset, type TokenProfile } from "./token-profile.ts";

const SKEW_SECONDS = 30;
/** More than this is no clock skew but a wrong clock. */
const SKEW_SECONDS_MAX = 300;

export interface JwtAuthenticatorOptions {
  /** Name of the security scheme in the document. */
  readonly scheme: string;
  /** `iss`, compared exactly. */
  readonly issuer: string;
  /** `aud` must hold one of these. */
  readonly audience: string | readonly string[];
  readonly keys: KeySource;
  readonly clock: Clock;
  /** `realm` of the challenge; the scheme's name unless given. */
  readonly realm?: string;
  readonly algorithms?: readonly string[];
  readonly preset?: TokenPreset;
  /** Accepted `typ` headers in place of the preset's. */
  readonly typ?: string | readonly string[];
  readonly claims?: Partial<Pick<TokenProfile, "scopes" | "roles" | "permissions">>;
  /** Tokens without `typ` are accepted: then only claims and `aud` tell an access token from an ID token. */
  readonly allowMissingTyp?: boolean;
  /** Tokens without `kid` are accepted while the issuer has a single key (J10). */
  readonly allowMissingKid?: boolean;
  readonly skewSeconds?: number;
  readonly lifetimeMaxSeconds?: number;
  /** How tokens that are bound to a key are taken. Default: with their proof. */
  readonly dpop?: DpopOptions | undefined;
  /** What judges proofs in place of our own; for whoever explains what would happen. */
  readonly proofs?: ProofJudge | undefined;
  /** What was revoked before its time. */
  readonly denied?: DenyList;
  /** One cache per scheme, kept over a reload: what was judged by other settings does not count. */
  readonly cache?: TokenCache;
}

export interface JwtRules {
  readonly issuer: string;
  readonly realm: string;
  readonly header: HeaderRules;
  readonly claims: ClaimRules;
  readonly profile: TokenProfile;
  /** Everything above as one text: two authenticators with the same text judge alike. */
  readonly fingerprint: string;
}

/** Throws ProblemsError for options that cannot be meant. */
export function jwtRules(options: JwtAuthenticatorOptions): JwtRules {
  const preset: TokenProfile = TOKEN_PROFILES[options.preset ?? "rfc9068"];
  const profile: TokenProfile = {
    ...preset,
    typ: options.typ === undefined ? preset.typ : listOf(options.typ),
    scopes: options.claims?.scopes ?? preset.scopes,
    roles: options.claims?.roles ?? preset.roles,
    permissions: options.claims?.permissions ?? preset.permissions,
  };
  const audiences = listOf(options.audience);
  const skewSeconds = options.skewSeconds ?? SKEW_SECONDS;
  if (options.issuer === "") throw brokenOption("authentication.issuer-missing", "the issuer is empty", "Name it.");
  if (audiences.length === 0 || audiences.includes("")) {
    throw brokenOption("authentication.audience-missing", "no audience is named", "Name this API as the issuer does.");
  }
  if (!(skewSeconds >= 0 && skewSeconds <= SKEW_SECONDS_MAX)) {
    throw brokenOption("authentication.skew-invalid", `the skew is not 0 to ${SKEW_SECONDS_MAX} seconds`, "Use NTP.");
  }
  const foreign = profile.typ.find(
    (typ) => typ === "" || NEVER_ACCESS_TOKENS.includes(typ.toLowerCase().replace(/^application\//, "")),
  );
  if (foreign !== undefined) {
    throw brokenOption("authentication.typ-invalid", `typ ${foreign} is never an access token`, "Use `at+jwt`.");
  }
  const rules = {
    issuer: options.issuer,
    realm: options.realm ?? options.scheme,
    header: {
      algorithms: accepted(options),
      typ: profile.typ,
      // Who names a type means it.
      typRequired: options.allowMissingTyp !== true && (profile.typOptional !== true || options.typ !== undefined),
      kidRequired: options.keys.needsKid && options.allowMissingKid !== true,
    },
    claims: {
      audiences,
      audienceElse: profile.audienceElse,
      names: ["sub", profile.tokenId, ...profile.client],
      skewMs: skewSeconds * 1_000,
      lifetimeMaxSeconds: options.lifetimeMaxSeconds,
    },
    profile,
  };
  return { ...rules, fingerprint: JSON.stringify([options.scheme, rules]) };
}

function accepted(options: JwtAuthenticatorOptions): readonly AlgorithmName[] {
  const possible = options.keys.algorithms;
  const wanted = options.algorithms ?? possible;
  const algorithms: AlgorithmName[] = [];
  for (const name of wanted) {
    const known = possible.find((candidate) => candidate === name);
    if (known === undefined) {
      const remedy = `Use ${(possible.length === 1 ? possible : ASYMMETRIC_ALGORITHMS).join(", ")}.`;
      throw brokenOption("authentication.algorithm-invalid", `${name} cannot be verified with these keys`, remedy);
    }
    algorithms.push(known);
  }
  if (algorithms.length === 0) {
    throw brokenOption("authentication.algorithm-invalid", "no algorithm is accepted", "Leave `algorithms` out.");
  }
  return algorithms;
}

function listOf(value: string | readonly string[]): readonly string[] {
  return typeof value === "string" ? [value] : value;
}
