// Judges the header of a token (RFC 7515 4, RFC 8725 3): nothing in it ever says where a key comes from.
import { isKid } from "../cryptography/jwk.ts";
import type { JsonObject } from "../cryptography/json.ts";
import { type AlgorithmName, isAlgorithmName } from "../cryptography/signature.ts";
import type { ReasonCode } from "../core/reasons/registry.ts";

/**
 * Extensions that change what is signed or how it is read, and a key that the sender brought: none belongs in an access
 * token (J07, J12, J13). `jku`, `x5u`, `x5c`, `x5t` are honest habits of some issuers; they are never read (J08).
 */
const REFUSED = ["crit", "b64", "zip", "enc", "jwk", "epk"];

export interface HeaderRules {
  readonly algorithms: readonly AlgorithmName[];
  readonly typ: readonly string[];
  readonly typRequired: boolean;
  readonly kidRequired: boolean;
}

export interface JudgedHeader {
  readonly algorithm: AlgorithmName;
  readonly kid: string | undefined;
}

export interface HeaderFault {
  readonly reason: ReasonCode;
  readonly why: string;
}

export function judgeHeader(header: JsonObject, rules: HeaderRules): JudgedHeader | HeaderFault {
  for (const name of REFUSED) {
    if (header[name] !== undefined) return { reason: "authentication.token-malformed", why: `header has ${name}` };
  }
  const { alg, kid, typ } = header as Readonly<Record<"alg" | "kid" | "typ", unknown>>;
  if (typeof alg !== "string" || !isAlgorithmName(alg) || !rules.algorithms.includes(alg)) {
    const isSymmetric = typeof alg === "string" && /^HS\d{3}$/.test(alg);
    const hint = isSymmetric ? ": it is made with a shared secret, as refresh tokens of some issuers are" : "";
    return { reason: "authentication.algorithm-rejected", why: `alg is not one of the accepted${hint}` };
  }
  const isTyped = typ === undefined ? !rules.typRequired : typeof typ === "string" && rules.typ.includes(typ);
  if (!isTyped) {
    const found = typ === undefined ? "missing" : typ === "JWT" ? "JWT" : "another";
    return { reason: "authentication.token-type-rejected", why: `typ is ${found}, not ${rules.typ.join(" or ")}` };
  }
  if (kid === undefined) {
    if (rules.kidRequired) return { reason: "authentication.key-unknown", why: "kid is missing" };
  } else if (!isKid(kid)) {
    return { reason: "authentication.token-malformed", why: "kid is not a short printable string" };
  }
  return { algorithm: alg, kid };
}
