// A client with a key of its own, the tokens that are bound to it, and its DPoP proofs: honest ones, and any others by hand.
import { createHash, randomUUID } from "node:crypto";
import type { Exchange } from "../../src/core/exchange.ts";
import { type Claims, claimsAt, encode, forge, issue, type TestKey } from "./issuer.ts";
import { request } from "./requests.ts";

/** The key without what is no part of it. */
export function bareKey({ jwk }: TestKey): Record<string, unknown> {
  return Object.fromEntries(Object.entries(jwk).filter(([name]) => !["kid", "alg", "use"].includes(name)));
}

/** By hand: what the gate computes must not be its own measure. */
export function thumbprintOf(key: TestKey): string {
  const members = Object.entries(bareKey(key)).sort(([a], [b]) => (a < b ? -1 : 1));
  return createHash("sha256")
    .update(JSON.stringify(Object.fromEntries(members)))
    .digest("base64url");
}

export function hashOf(token: string): string {
  return createHash("sha256").update(token).digest("base64url");
}

export function boundToken(issuer: TestKey, holder: TestKey, seconds: number, changes: Claims = {}): Promise<string> {
  return issue(issuer, claimsAt(seconds, { cnf: { jkt: thumbprintOf(holder) }, ...changes }));
}

export interface ProofChanges {
  readonly header?: Readonly<Record<string, unknown>>;
  readonly claims?: Readonly<Record<string, unknown>>;
  /** Who signs, in place of the holder. */
  readonly by?: TestKey;
}

export interface ProofOf {
  readonly token: string;
  readonly seconds: number;
  readonly method?: string;
  readonly url?: string;
}

export const URL_OF_ORDERS = "https://api.example.com/orders";

export function proofOf(
  holder: TestKey,
  { token, seconds, method = "GET", url = URL_OF_ORDERS }: ProofOf,
  { header = {}, claims = {}, by = holder }: ProofChanges = {},
): string {
  const head = { typ: "dpop+jwt", alg: holder.alg, jwk: bareKey(holder), ...header };
  const payload = { jti: randomUUID(), htm: method, htu: url, iat: seconds, ath: hashOf(token), ...claims };
  return forge(by, JSON.stringify(head), JSON.stringify(payload));
}

export function unsignedProof(proof: string, header: object): string {
  return `${encode(JSON.stringify(header))}.${proof.split(".")[1]}.`;
}

export function proven(token: string, proof: string, target?: string): Exchange {
  return request(["Host", "api.example.com", "Authorization", `DPoP ${token}`, "DPoP", proof], target);
}
