// Reasons of the authentication practice: why the caller is not known.
import type { Reason } from "./reason.ts";

export const AUTHENTICATION_REASONS = {
  "authentication.credentials-missing": {
    status: 401,
    title: "Authentication is required.",
    remedy:
      "The client sent no credentials of a kind that this operation accepts. Send `Authorization: Bearer <token>`, or `DPoP <token>` with its proof.",
  },
  "authentication.credentials-malformed": {
    status: 401,
    title: "The credentials are malformed.",
    remedy: "The Authorization field is not `Bearer <token>` or `DPoP <token>`, or there are several.",
  },
  "authentication.token-too-large": {
    status: 401,
    title: "The access token is too large.",
    remedy:
      "Tokens over the limit are refused before any cryptography. Have the issuer put fewer claims into access tokens.",
  },
  "authentication.token-malformed": {
    status: 401,
    title: "The access token is malformed.",
    remedy:
      "Not a strictly encoded JWT. Opaque access tokens cannot be verified here: have the issuer make JWTs (Hydra: `strategies.access_token: jwt`; Auth0: clients must ask for the API's `audience`). Otherwise: duplicate members, padding, invalid UTF-8 or JSON, or wrongly shaped claims (RFC 8725).",
  },
  "authentication.token-type-rejected": {
    status: 401,
    title: "This kind of token is not accepted.",
    remedy:
      "It is not an access token by its `typ` or its claims. ID and refresh tokens never are: clients must send the `access_token`. For issuers that do not follow RFC 9068 set authentication.<scheme>.preset or typ: see docs/issuers.md.",
  },
  "authentication.algorithm-rejected": {
    status: 401,
    title: "The access token is signed with an algorithm that is not accepted.",
    remedy:
      "Only algorithms of authentication.<scheme>.algorithms are accepted; `none` never is. Keycloak's refresh tokens have HS512: clients must send the `access_token`.",
  },
  "authentication.key-unknown": {
    status: 401,
    title: "The access token is signed with an unknown key.",
    remedy:
      "The issuer's key set has no key of that id. After a key rotation it is fetched again at most once in 30 seconds.",
  },
  "authentication.signature-invalid": {
    status: 401,
    title: "The access token's signature is not valid.",
    remedy: "Forged or damaged, or signed by another environment's issuer.",
  },
  "authentication.token-expired": {
    status: 401,
    title: "The access token has expired.",
    remedy: "The client must obtain a new token. If it just did, compare the clocks.",
  },
  "authentication.token-not-yet-valid": {
    status: 401,
    title: "The access token is not valid yet.",
    remedy: "`nbf` or `iat` lies in the future beyond the allowed skew of 30 seconds. Compare the clocks.",
  },
  "authentication.token-lifetime-rejected": {
    status: 401,
    title: "The access token is valid for longer than accepted.",
    remedy: "Its life from `iat` to `exp` exceeds authentication.<scheme>.lifetimeMax.",
  },
  "authentication.issuer-rejected": {
    status: 401,
    title: "The access token comes from an issuer that is not accepted here.",
    remedy:
      "`iss` must equal authentication.<scheme>.issuer exactly: host, port, path, and the slash at its end. An issuer that is reached by several names must name itself by one (Keycloak: `hostname`).",
  },
  "authentication.audience-rejected": {
    status: 401,
    title: "The access token is meant for another API.",
    remedy:
      "`aud` must hold authentication.<scheme>.audience; the record says which it holds. Keycloak names no API unless an audience mapper adds it; Hydra and Auth0 only where the client asks for `audience`: see docs/issuers.md.",
  },
  "authentication.proof-required": {
    status: 401,
    title: "The access token is bound to a key and must come with its proof.",
    remedy:
      "The token has a `cnf` claim: it is worth nothing without `Authorization: DPoP <token>` and a `DPoP` field (RFC 9449 7.1), never as Bearer. Bindings to client certificates, and any with `dpop: off`, are not verified here.",
  },
  "authentication.token-unbound": {
    status: 401,
    title: "The access token is not bound to a key.",
    remedy:
      "It was sent as `DPoP` without having `cnf.jkt`, or authentication.<scheme>.dpop is `require`. The client must send a proof to the token endpoint, so that the issuer binds the token.",
  },
  "authentication.proof-malformed": {
    status: 401,
    title: "The DPoP proof is malformed.",
    remedy:
      "Not one strictly encoded JWT of type `dpop+jwt` with a public `jwk` in its header and `jti`, `htm`, `htu`, `iat` in its payload (RFC 9449 4.2). The record says what is wrong.",
  },
  "authentication.proof-algorithm-rejected": {
    status: 401,
    title: "The DPoP proof is signed with an algorithm that is not accepted.",
    remedy: "Those of `algs` in the challenge are; `none` and shared secrets never are.",
  },
  "authentication.proof-key-mismatch": {
    status: 401,
    title: "The DPoP proof is made with another key than the access token's.",
    remedy: "The thumbprint of `jwk` must be the token's `cnf.jkt`. A client that made a new key needs a new token.",
  },
  "authentication.proof-signature-invalid": {
    status: 401,
    title: "The DPoP proof's signature is not valid.",
    remedy: "Forged or damaged: whoever sent it does not have the key that it shows.",
  },
  "authentication.proof-request-mismatch": {
    status: 401,
    title: "The DPoP proof is made for another request.",
    remedy:
      "`htm` must be the method, `htu` the address as the client used it, without query. Behind a proxy set transport.trustedProxies, so that scheme and host are known, or transport.publicUrl.",
  },
  "authentication.proof-token-mismatch": {
    status: 401,
    title: "The DPoP proof is made for another access token.",
    remedy: "`ath` must be the SHA-256 of the token that it comes with, in base64url.",
  },
  "authentication.proof-stale": {
    status: 401,
    title: "The DPoP proof is not of this moment.",
    remedy:
      "`iat` may be authentication.<scheme>.dpop.maxAge old, with 30 seconds of skew either way. Clients make a proof for each request; compare the clocks.",
  },
  "authentication.proof-replayed": {
    status: 401,
    title: "The DPoP proof was used already.",
    remedy: "A proof opens one request: a client that tries again makes another. Else somebody has copied it.",
  },
  "authentication.proof-nonce-required": {
    status: 401,
    title: "The DPoP proof must hold the nonce of this answer.",
    remedy:
      "authentication.<scheme>.dpop.nonce demands it. The client takes the `DPoP-Nonce` of the answer into `nonce` and tries again (RFC 9449 9).",
  },
  "authentication.proofs-exhausted": {
    status: 503,
    title: "DPoP proofs cannot be checked at the moment. Please try again.",
    remedy:
      "The memory of used proofs has no room left for this caller: nobody may hold more than an eighth of what is free. Limit the caller, or shorten authentication.<scheme>.dpop.maxAge.",
  },
  "authentication.token-revoked": {
    status: 401,
    title: "The access token has been revoked.",
    remedy:
      "The token, its session or its subject stands in the file of authentication.denied; `portcullis tokens list` shows it.",
  },
  "authentication.level-insufficient": {
    status: 401,
    title: "A stronger authentication is required.",
    remedy:
      "The token is good, but its `acr` is not the one of operations.<operation>.authentication.level. The client sends its user to the issuer again, with the `acr_values` of the challenge (RFC 9470).",
  },
  "authentication.api-key-rejected": {
    status: 401,
    title: "The API key is not accepted.",
    remedy:
      "It is mistyped, unknown, revoked or expired; the record says which, and the id of the key. `portcullis keys list` shows all, `portcullis keys create` makes another.",
  },
  "authentication.keys-unavailable": {
    status: 503,
    title: "Tokens cannot be verified at the moment. Please try again.",
    remedy:
      "The issuer's keys could not be loaded and no known ones are young enough. Check that the gateway reaches the issuer.",
  },
  "authentication.scheme-unjudged": {
    status: 503,
    title: "This operation's credentials cannot be verified.",
    remedy:
      "Nothing in the configuration verifies this security scheme. Configure it under `authentication`, or start with --issuer.",
  },
} as const satisfies Record<`authentication.${string}`, Reason>;
