// What the authentication practice offers to composition and, as `portcullis/authentication`, to code.
export {
  type ApiKey,
  type ApiKeyAuthenticator,
  apiKeyAuthenticator,
  type ApiKeyOptions,
} from "./api-key-authenticator.ts";
export { hashOf as apiKeyHash, makeApiKey, type NewApiKey } from "./api-key-text.ts";
export { authenticationGuard, type AuthenticationGuardOptions } from "./authentication-guard.ts";
export type { Authenticated, Authenticator } from "./authenticator.ts";
export { CALLER_TOKEN_TYPE, CallerTokens } from "./caller-tokens.ts";
export { forwardGuard } from "./forward-guard.ts";
export { levelGuard, type LevelOptions, stepUpGuard } from "./level-guard.ts";
export {
  type Denied,
  deniedName,
  type DenyList,
  MemoryDenyList,
  ReplaceableDenyList,
  signedDigest,
  type TokenNames,
} from "./deny-list.ts";
export { namesIn, scopesIn } from "./claim-values.ts";
export type { FetchJson, FetchLimits } from "./discovery.ts";
export { fileKeys, type FileKeysOptions, type FileKeySource } from "./file-keys.ts";
export { readProof, type ReadProof } from "./proof.ts";
export { type DpopMode, type DpopOptions } from "./proof-options.ts";
export { MemoryProofs, type ProofMemory, type ProofUse, type UsedProof } from "./proof-memory.ts";
export { ProofNonces } from "./proof-nonces.ts";
export { jwtAuthenticator } from "./jwt-authenticator.ts";
export type { JwtAuthenticatorOptions } from "./jwt-options.ts";
export type { KeyLookup, KeySource, KeySourceState } from "./key-source.ts";
export { passThroughAuthenticator, type PassThroughOptions } from "./pass-through-authenticator.ts";
export type { Carrier } from "./presence.ts";
export { remoteKeys, type RemoteKeysOptions, type Schedule } from "./remote-keys.ts";
export { secretKey, type SecretKeyOptions } from "./secret-key.ts";
export { TokenCache } from "./token-cache.ts";
export {
  type ClaimPath,
  NEVER_ACCESS_TOKENS,
  TOKEN_PROFILES,
  type TokenPreset,
  type TokenProfile,
} from "./token-profile.ts";
export { unjudgedAuthenticator } from "./unjudged-authenticator.ts";
