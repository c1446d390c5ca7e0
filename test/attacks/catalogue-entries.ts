// What each id of the catalogue stands for, section by section.

export interface Attack {
  /** What is tried, in a few words. */
  readonly what: string;
  /** What refuses it, where that is not the same for the whole section. */
  readonly closedBy?: string;
  /** Why it cannot be tested in this product yet. */
  readonly notYet?: string;
}

type Attacks = Readonly<Record<string, Attack>>;

const PARSER = "parser";
const SETTLER = "settler";
const BOTH = "parser; settler";

export const FRAMING: Attacks = {
  F01: { what: "a length and a transfer coding in one request", closedBy: BOTH },
  F02: {
    what: "lengths that are several, lists, signed, padded with zeros, no decimal digits, or beyond 2^53",
    closedBy: BOTH,
  },
  F03: { what: "`chunked` in spellings that only some readers take for it", closedBy: BOTH },
  F04: { what: "a transfer coding in HTTP/1.0", closedBy: SETTLER },
  F05: { what: "chunk sizes and chunk ends that readers take differently", closedBy: PARSER },
  F06: {
    what: "chunk extensions: long ones, many of them, malformed ones",
    closedBy: "parser; bound of what comes beside content",
  },
  F07: {
    what: "trailers that name what only a head may say, and malformed trailers",
    closedBy: "parser; trailers never go on",
  },
  F08: { what: "field names with a space before the colon, empty ones, no tokens", closedBy: PARSER },
  F09: { what: "bare CR, bare LF, NUL and folded lines in a head", closedBy: BOTH },
  F10: { what: "a host that is missing, doubled, empty, a list, or no host and port", closedBy: SETTLER },
  F11: { what: "a target in absolute form beside another host", closedBy: SETTLER },
  F12: { what: "`CONNECT`, `TRACE`, `TRACK`, unknown methods, `*`", closedBy: BOTH },
  F13: { what: "upgrades: `h2c`, unknown ones, with a body", closedBy: SETTLER },
  F14: { what: "expectations other than `100-continue`", closedBy: SETTLER },
  F15: { what: "`Connection` that names a field which the gate relies on", closedBy: SETTLER },
  F16: {
    what: "heads, targets and bodies beyond their limits, and too many fields",
    closedBy: "parser; settler; body limit",
  },
  F17: { what: "request lines with other spaces or other versions than HTTP/1.0 and 1.1", closedBy: BOTH },
  F18: { what: "HTTP/2 heads that mean two things to two readers", closedBy: BOTH },
  F19: { what: "floods of HTTP/2 frames", closedBy: "parser; bounds of a session" },
  F20: { what: "clients that are slow, silent or many", closedBy: "times; room for newcomers; end of slow calls" },
  F21: {
    what: "bodies and answers that grow when they are decompressed",
    closedBy: "validation; answers are asked for unencoded",
  },
};

export const TARGET: Attacks = {
  G01: { what: "dot segments in every spelling" },
  G02: { what: "encoded slashes and backslashes" },
  G03: { what: "double encoding, invalid UTF-8, NUL, control characters, bad percent-encoding" },
  G04: { what: "empty segments, trailing slash, letter case, path parameters" },
  G05: { what: "a fragment in the target" },
  G06: { what: "queries that two parsers read differently" },
  G07: { what: "a template and a literal of one place" },
  G08: { what: "fields and parameters that ask for another target or method" },
  G09: { what: "underscore aliases of fields that the gate relies on" },
  G10: { what: "forged forwarding fields, client addresses and client certificates" },
  G11: { what: "fields that only the gate may set, sent by the client" },
  G12: { what: "credentials and content types sent twice" },
  G13: { what: "origins that are foreign, `null`, or look like an allowed one" },
};

export const TOKENS: Attacks = {
  J01: { what: "no algorithm, `none` in any letter case" },
  J02: { what: "the public key used as a shared secret" },
  J03: { what: "tokens with other than three parts, or as JSON" },
  J04: { what: "an ES256 signature of zeros (CVE-2022-21449)" },
  J05: { what: "an ES256 signature in DER" },
  J06: { what: "a key or curve of another algorithm" },
  J07: { what: "a key that the token brings along" },
  J08: { what: "a URL at which a key is to be fetched" },
  J09: { what: "key ids that are paths, SQL, NUL, arrays, or huge" },
  J10: { what: "no key id" },
  J11: { what: "a flood of unknown key ids" },
  J12: { what: "critical extensions that are unknown, empty or doubled" },
  J13: { what: "unencoded and compressed payloads" },
  J14: { what: "a member twice in the header" },
  J15: { what: "a member twice in the payload" },
  J16: { what: "`__proto__`, invalid UTF-8, a byte order mark" },
  J17: { what: "other spellings of one token, and the twin of an ES256 signature" },
  J18: { what: "expiry that is missing, no number, past, just now, or infinite" },
  J19: { what: "tokens of the future, and lives longer than allowed" },
  J20: { what: "times exactly at the allowed skew" },
  J21: { what: "issuers that are almost the right one" },
  J22: { what: "audiences that are almost the right one" },
  J23: { what: "ID tokens, logout tokens and proofs in the place of access tokens" },
  J24: { what: "tokens that are too large or too deep" },
  J25: { what: "tokens in query or cookie" },
  J26: { what: "two credentials in one request" },
  J27: { what: "one issuer's token where another's is asked for" },
  J28: { what: "keys that were rotated out, and outages of the issuer" },
  J29: { what: "scopes and roles by likeness, in wrong shape, or of an issuer that may not give them" },
  J30: { what: "learning from the challenge, the body or the time of a refusal" },
};

export const INPUT: Attacks = {
  I01: { what: "duplicate members" },
  I02: { what: "names of prototypes" },
  I03: { what: "too many levels, members and items" },
  I04: { what: "numbers that readers take differently" },
  I05: { what: "other encodings than UTF-8, invalid UTF-8, lone surrogates" },
  I06: { what: "what is almost JSON" },
  I07: { what: "content types that are missing, wrong, doubled or tricky" },
  I08: { what: "encoded bodies, unknown codings, bombs" },
  I09: { what: "multipart bodies that readers take differently" },
  I10: { what: "arrays and objects as parameters in other shapes than declared" },
  I11: { what: "undeclared parameters and properties" },
  I12: { what: "read-only properties that are sent" },
  I13: { what: "patterns that take exponential time" },
  I14: { what: "each boundary of the schema" },
  I15: { what: "injection, and the harmless texts that look like it" },
};

export const LIMITS: Attacks = {
  L01: { what: "forwarding fields that rotate" },
  L02: { what: "other spellings and methods of one operation" },
  L03: { what: "a new token of the same subject" },
  L04: { what: "addresses of one network, and other spellings of an address" },
  L05: { what: "both protocols and many connections at once" },
  L06: { what: "a double burst at a window's edge" },
  L07: { what: "a million keys, against memory and against who is over the limit" },
  L08: { what: "failed authentication" },
  L09: {
    what: "a store that is slow, away, and back: accounts, tokens and revocations (counters have no outside store yet)",
  },
  L10: { what: "a clock that jumps" },
  L11: { what: "spending another's budget" },
};

export const ANSWERS: Attacks = {
  R01: { what: "undeclared properties" },
  R02: { what: "write-only and sensitive properties" },
  R03: { what: "undeclared status and content type" },
  R04: { what: "stack traces, SQL errors, inner addresses" },
  R05: { what: "names and versions of software" },
  R06: { what: "private answers in shared caches" },
  R07: { what: "line breaks through values that are echoed" },
};

export const SENDER_CONSTRAINED: Attacks = {
  D01: { what: "no proof" },
  D02: { what: "a proof that was used, and what can be made of it" },
  D03: { what: "a proof for another method or address" },
  D04: { what: "a proof that is stale or of the future" },
  D05: { what: "a proof for another token" },
  D06: { what: "a proof with another key" },
  D07: { what: "a private key in the proof" },
  D08: { what: "unsigned proofs, and shared secrets" },
  D09: { what: "other JWTs in the place of proofs; proofs that are read in two ways" },
  D10: { what: "a bound token as plain Bearer, a plain one as bound" },
  D11: { what: "a code or request that is bound to another key" },
  D12: { what: "a nonce that is demanded and missing" },
  D13: { what: "another client certificate", notYet: "client certificates are not verified" },
};

export const AUTHORIZATION_ENDPOINT: Attacks = {
  A01: { what: "an unregistered redirect URI" },
  A02: { what: "redirect URIs that resemble a registered one" },
  A03: { what: "no redirect URI" },
  A04: { what: "redirect URIs that a browser would run" },
  A05: { what: "no challenge" },
  A06: { what: "a challenge by another method than S256" },
  A07: { what: "challenges of another length or alphabet" },
  A08: { what: "response types other than code" },
  A09: { what: "parameters that come twice" },
  A10: { what: "answers that do not say whose they are" },
  A11: { what: "a request for no interaction without a session" },
  A12: { what: "unknown or oversized scopes, foreign resources" },
  A13: { what: "another browser's interaction" },
  A14: { what: "framing, caching, referrers, markup in names" },
  A15: { what: "a sign-in form sent by another site" },
  A16: { what: "a session from before the sign-in" },
  A17: { what: "request URIs that are another's, reused, or somewhere else" },
  A18: { what: "a form's answer that would be posted on" },
  A19: { what: "state and nonce that are changed on the way; URLs of 64 KB" },
};

export const TOKEN_ENDPOINT: Attacks = {
  T01: { what: "a code that is replayed" },
  T02: { what: "one code in many requests at once" },
  T03: { what: "a code with another client or redirect URI" },
  T04: { what: "wrong, missing and short verifiers" },
  T05: { what: "a verifier where there was no challenge" },
  T06: { what: "a refresh token after its grace" },
  T07: { what: "one refresh token in many requests at once" },
  T08: { what: "a refresh token with another client, wider scope, other resource" },
  T09: { what: "a refresh token after sign-out or disabling" },
  T10: { what: "a confidential client without its secret" },
  T11: { what: "secrets in the query, two methods at once, loose Basic" },
  T12: { what: "GET, JSON, 2 MB" },
  T13: { what: "password and implicit grants" },
  T14: { what: "client credentials that ask for a user's scopes" },
  T15: { what: "caches" },
  T16: { what: "guessing codes and tokens" },
  T17: { what: "telling an unknown client from a wrong secret" },
  T18: { what: "revoking another's token" },
  T19: { what: "a revoked token at the gate" },
  T20: { what: "registering a client" },
};

export const ACCOUNTS: Attacks = {
  P01: { what: "passwords that are too short or too long" },
  P02: { what: "passwords that are cut off" },
  P03: { what: "composed and decomposed letters" },
  P04: { what: "composition rules" },
  P05: { what: "common passwords, repetitions, the address" },
  P06: { what: "addresses that resemble others, or are two" },
  P07: { what: "telling by registering who has an account" },
  P08: { what: "telling by signing in who has an account" },
  P09: { what: "telling by resetting who has an account" },
  P10: { what: "reset links: twice, old sessions, a forged host" },
  P11: { what: "guessing one account's password" },
  P12: { what: "one password for many accounts" },
  P13: { what: "floods of sign-ins against the gate" },
  P14: { what: "codes that are used twice, at once too, and guesses of them" },
  P15: {
    what: "passkeys of another origin, relying party, challenge or account, copied ones, and holders that were not verified",
  },
  P16: { what: "an unverified address that meets an outside identity", notYet: "there is no sign-in through others" },
  P17: { what: "cookies that others can read, or that outlive a sign-out" },
  P18: { what: "forms from elsewhere" },
};
