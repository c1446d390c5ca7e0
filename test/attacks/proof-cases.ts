// ATTACKS.md D, what a request with a bound token can lack: each variant of each line, and why the gate refuses it.
import { createHmac } from "node:crypto";
import { encode, forge, type TestKey, twinOf } from "../authentication/issuer.ts";
import { bareKey, hashOf, proofOf, type ProofChanges, unsignedProof } from "../authentication/proofs.ts";

/** What a case is made of: the holder of the token, a thief with a key of his own, the token, the address. */
export interface ProofLab {
  readonly holder: TestKey;
  readonly thief: TestKey;
  readonly token: string;
  /** Of the same caller, bound to nothing. */
  readonly unbound: string;
  readonly url: string;
  readonly seconds: number;
}

export interface Sent {
  readonly authorization: string;
  readonly dpop?: string;
}

export interface ProofCase {
  readonly id: string;
  readonly name: string;
  readonly make: (lab: ProofLab) => Sent;
  /** Undefined: it must pass. */
  readonly reason?: RegExp;
}

type Row = readonly [name: string, make: ProofCase["make"]];
const cases = (id: string, reason: RegExp | undefined, rows: readonly Row[]): ProofCase[] =>
  rows.map(([name, make]) => ({ id, name, make, ...(reason === undefined ? {} : { reason }) }));

const sent = (lab: ProofLab, dpop: string): Sent => ({ authorization: `DPoP ${lab.token}`, dpop });
export const honest = (lab: ProofLab, changes: ProofChanges = {}): string => proofOf(lab.holder, lab, changes);
const claiming = (name: string, claims: (lab: ProofLab) => Record<string, unknown>): Row => [
  name,
  (lab) => sent(lab, honest(lab, { claims: claims(lab) })),
];
const heading = (name: string, header: (lab: ProofLab) => Record<string, unknown>): Row => [
  name,
  (lab) => sent(lab, honest(lab, { header: header(lab) })),
];
/** The same JSON with one more member in front of it, rightly signed. */
const doubled = (lab: ProofLab, part: "header" | "payload", member: string): Sent => {
  const [header, payload] = honest(lab).split(".") as [string, string];
  const texts = { header: decoded(header), payload: decoded(payload) };
  texts[part] = `{${member},${texts[part].slice(1)}`;
  return sent(lab, forge(lab.holder, texts.header, texts.payload));
};
const decoded = (part: string) => Buffer.from(part, "base64url").toString();

const STALE = /proof-stale/;
const MALFORMED = /proof-malformed/;
const MISMATCH = /proof-request-mismatch/;
const ALGORITHM = /proof-algorithm-rejected/;
const origin = (lab: ProofLab) => new URL(lab.url).origin;
const path = (lab: ProofLab) => new URL(lab.url).pathname;

export const PROOF_CASES: readonly ProofCase[] = [
  ...cases("D01", /proof-required/, [["no proof", ({ token }) => ({ authorization: `DPoP ${token}` })]]),
  ...cases("D01", MALFORMED, [
    ["an empty field", (lab) => sent(lab, "")],
    ["a word", (lab) => sent(lab, "proof")],
    ["two proofs in one field", (lab) => sent(lab, `${honest(lab)}, ${honest(lab)}`)],
    ["the access token itself", (lab) => sent(lab, lab.token)],
  ]),
  ...cases("D03", MISMATCH, [
    claiming("htm of another method", () => ({ htm: "POST" })),
    claiming("htm in lower case", () => ({ htm: "get" })),
    claiming("htu of another path", (lab) => ({ htu: `${lab.url}/7` })),
    claiming("htu of a path before it", (lab) => ({ htu: `${origin(lab)}/` })),
    claiming("htu with a slash more", (lab) => ({ htu: `${lab.url}/` })),
    claiming("htu in another letter case", (lab) => ({ htu: lab.url.toUpperCase() })),
    claiming("htu with dot segments", (lab) => ({ htu: `${origin(lab)}/x/..${path(lab)}` })),
    claiming("htu with encoded letters", (lab) => ({ htu: `${origin(lab)}${path(lab).replace(/[a-z]$/, "%72")}` })),
    claiming("htu of another host", (lab) => ({ htu: `https://evil.example${path(lab)}` })),
    claiming("htu of a host with this one in front", (lab) => ({
      htu: lab.url.replace(/(:\d+)?\/(?=\w+$)/, ".evil$1/"),
    })),
    claiming("htu of another port", (lab) => ({ htu: `https://${new URL(lab.url).hostname}:1${path(lab)}` })),
    claiming("htu of the other scheme", (lab) => ({
      htu: lab.url.replace(/^http(s?)/, (_, s) => (s ? "http" : "https")),
    })),
    claiming("htu with this host as userinfo", (lab) => ({ htu: `${origin(lab)}@evil.example${path(lab)}` })),
    claiming("htu with userinfo", (lab) => ({ htu: lab.url.replace("://", "://x@") })),
    claiming("htu with a backslash", (lab) => ({ htu: `${origin(lab)}\\${path(lab)}` })),
    claiming("htu without a scheme", (lab) => ({ htu: lab.url.replace(/^https?:/, "") })),
    claiming("htu that is a path", (lab) => ({ htu: path(lab) })),
    claiming("htu of another scheme's address", (lab) => ({ htu: lab.url.replace(/^http/, "ftp") })),
  ]),
  ...cases("D03", MALFORMED, [
    claiming("htm missing", () => ({ htm: undefined })),
    claiming("htm in a list", () => ({ htm: ["GET"] })),
    claiming("htu missing", () => ({ htu: undefined })),
    claiming("htu in a list", (lab) => ({ htu: [lab.url] })),
  ]),
  ...cases("D03", undefined, [
    claiming("htu with the query, which does not count", (lab) => ({ htu: `${lab.url}?a=b#c` })),
    claiming("htu with scheme and host in capitals", (lab) => ({ htu: `${origin(lab).toUpperCase()}${path(lab)}` })),
  ]),
  ...cases("D04", STALE, [
    claiming("iat two minutes ago", ({ seconds }) => ({ iat: seconds - 120 })),
    claiming("iat two minutes ahead", ({ seconds }) => ({ iat: seconds + 120 })),
    claiming("iat in milliseconds", ({ seconds }) => ({ iat: seconds * 1_000 })),
    claiming("iat 0", () => ({ iat: 0 })),
    claiming("iat 1e300", () => ({ iat: 1e300 })),
  ]),
  ...cases("D04", MALFORMED, [
    claiming("iat missing", () => ({ iat: undefined })),
    claiming("iat as text", ({ seconds }) => ({ iat: String(seconds) })),
    claiming("iat negative", ({ seconds }) => ({ iat: -seconds })),
    claiming("iat null", () => ({ iat: null })),
  ]),
  ...cases("D04", undefined, [claiming("iat with a fraction", ({ seconds }) => ({ iat: seconds + 0.25 }))]),
  ...cases("D05", /proof-token-mismatch/, [
    claiming("ath of another token", ({ unbound }) => ({ ath: hashOf(unbound) })),
    claiming("ath missing", () => ({ ath: undefined })),
    claiming("ath empty", () => ({ ath: "" })),
    claiming("ath with padding", ({ token }) => ({ ath: `${hashOf(token)}=` })),
    claiming("ath in hex", ({ token }) => ({ ath: Buffer.from(hashOf(token), "base64url").toString("hex") })),
    claiming("ath that is the token", ({ token }) => ({ ath: token.slice(0, 43) })),
  ]),
  ...cases("D05", MALFORMED, [claiming("ath in a list", ({ token }) => ({ ath: [hashOf(token)] }))]),
  ...cases("D06", /proof-key-mismatch/, [
    ["a thief's own key", (lab) => sent(lab, proofOf(lab.thief, lab))],
    heading("the thief's key with the holder's kid", ({ thief }) => ({ jwk: { ...bareKey(thief), kid: "holder" } })),
    ["jwk of the holder with one more coordinate", (lab) => sent(lab, otherCoordinate(lab))],
  ]),
  ...cases("D06", /proof-signature-invalid/, [
    ["the holder's key shown, the thief's used", (lab) => sent(lab, honest(lab, { by: lab.thief }))],
    ["the signature stripped to zeros", (lab) => sent(lab, `${cut(honest(lab))}.${encode(Buffer.alloc(64))}`)],
    ["the signature of another proof", (lab) => sent(lab, `${cut(honest(lab))}.${honest(lab).split(".")[2]}`)],
  ]),
  ...cases("D06", MALFORMED, [
    heading("jwk missing, kid and jku in its place", () => ({
      jwk: undefined,
      kid: "1",
      jku: "https://evil.example/",
    })),
    heading("jwk as text", ({ holder }) => ({ jwk: JSON.stringify(bareKey(holder)) })),
    heading("jwk in a list", ({ holder }) => ({ jwk: [bareKey(holder)] })),
    heading("jwk of an unknown type", ({ holder }) => ({ jwk: { ...bareKey(holder), kty: "__proto__" } })),
    heading("jwk without a coordinate", ({ holder }) => ({ jwk: { ...bareKey(holder), y: undefined } })),
  ]),
  ...cases("D07", MALFORMED, [
    heading("the private key with it", ({ holder }) => ({ jwk: holder.privateKey.export({ format: "jwk" }) })),
    ...["d", "p", "q", "dp", "dq", "qi", "oth", "k"].map((name) =>
      heading(`a private member ${name}`, ({ holder }) => ({ jwk: { ...bareKey(holder), [name]: "AA" } })),
    ),
  ]),
  ...cases("D08", ALGORITHM, [
    ...["none", "None", "HS256", "HS512", "ES256K", "ES512", "RS1", "dir", ""].map((alg) =>
      heading(`alg ${alg || "empty"}`, () => ({ alg })),
    ),
    heading("alg missing", () => ({ alg: undefined })),
    heading("alg in a list", () => ({ alg: ["ES256"] })),
    ["HS256 with the public key as secret", (lab) => sent(lab, withSecret(lab))],
  ]),
  ...cases("D08", MALFORMED, [
    ["none, and no signature", (lab) => sent(lab, unsignedProof(honest(lab), { ...headerOf(lab), alg: "none" }))],
    heading("a key that is a shared secret", () => ({ jwk: { kty: "oct", k: "c2VjcmV0" } })),
  ]),
  ...cases("D09", MALFORMED, [
    ...["JWT", "at+jwt", "DPOP+JWT", "application/dpop+jwt", "dpop+jwt ", ""].map((typ) =>
      heading(`typ ${JSON.stringify(typ)}`, () => ({ typ })),
    ),
    heading("typ missing", () => ({ typ: undefined })),
    heading("typ in a list", () => ({ typ: ["dpop+jwt"] })),
  ]),
  ...cases("D10", /proof-required/, [
    ["a bound token as Bearer", ({ token }) => ({ authorization: `Bearer ${token}` })],
    [
      "a bound token as Bearer beside its proof",
      (lab) => ({ authorization: `Bearer ${lab.token}`, dpop: honest(lab) }),
    ],
  ]),
  ...cases("D10", /token-unbound/, [
    [
      "a token that is bound to nothing, with a proof of any key",
      (lab) => ({ authorization: `DPoP ${lab.unbound}`, dpop: proofOf(lab.thief, { ...lab, token: lab.unbound }) }),
    ],
  ]),
  ...cases("D10", undefined, [
    [
      "the scheme in any letter case, as for Bearer",
      (lab) => ({ authorization: `dpop ${lab.token}`, dpop: honest(lab) }),
    ],
  ]),
  ...cases("D02", MALFORMED, [
    claiming("no jti", () => ({ jti: undefined })),
    claiming("an empty jti", () => ({ jti: "" })),
    claiming("a jti that is a number", () => ({ jti: 7 })),
    claiming("a jti of 2,000 characters", () => ({ jti: "x".repeat(2_000) })),
  ]),
  // Beyond the catalogue: what two readers could take for two things.
  ...cases("D09", MALFORMED, [
    ["a duplicate member in the header", (lab) => doubled(lab, "header", '"typ":"JWT"')],
    ["a duplicate key in the header", (lab) => doubled(lab, "header", `"jwk":${JSON.stringify(bareKey(lab.thief))}`)],
    ["padding", (lab) => sent(lab, honest(lab).replace(".", "=."))],
    ["crit", (lab) => sent(lab, honest(lab, { header: { crit: ["exp"] } }))],
    ["b64 false", (lab) => sent(lab, honest(lab, { header: { b64: false } }))],
    ["5 KB", (lab) => sent(lab, honest(lab, { claims: { padding: "x".repeat(4_000) } }))],
  ]),
  ...cases("D02", MALFORMED, [["a duplicate jti", (lab) => doubled(lab, "payload", '"jti":"other"')]]),
  ...cases("D03", MALFORMED, [["a duplicate htu", (lab) => doubled(lab, "payload", '"htu":"https://evil.example/"')]]),
];

/** What a thief sends who has copied a proof that was used: itself, and what he can make of it without the key. */
export const REPLAYS: readonly (readonly [string, (proof: string) => string])[] = [
  ["as it was", (proof) => proof],
  ["with the twin of its signature", twinOf],
];

function headerOf({ holder }: ProofLab): object {
  return { typ: "dpop+jwt", alg: holder.alg, jwk: bareKey(holder) };
}

function cut(proof: string): string {
  return proof.split(".").slice(0, 2).join(".");
}

function otherCoordinate(lab: ProofLab): string {
  const jwk = bareKey(lab.holder);
  const x = Buffer.from(String(jwk["x"]), "base64url");
  x[0] = (x[0] as number) ^ 1;
  return honest(lab, { header: { jwk: { ...jwk, x: x.toString("base64url") } } });
}

function withSecret(lab: ProofLab): string {
  const [, payload] = honest(lab).split(".") as [string, string];
  const signed = `${encode(JSON.stringify({ ...headerOf(lab), alg: "HS256" }))}.${payload}`;
  return `${signed}.${createHmac("sha256", JSON.stringify(bareKey(lab.holder)))
    .update(signed)
    .digest("base64url")}`;
}
