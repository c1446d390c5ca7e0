// DPoP proofs (RFC 9449 4.2) by a key of the run's own: each for one request, right or wrong in one thing.
import { createHash } from "node:crypto";
import { jwkThumbprint } from "../../../cryptography/thumbprint.ts";
import { fieldOf, type Proof, type Reply } from "../wire.ts";
import { makeTestKey, type TestKey } from "./test-key.ts";

export interface ProofKey {
  readonly key: TestKey;
  readonly thumbprint: string;
  /** What the gate last demanded (RFC 9449 9). */
  nonce: string | undefined;
}

/** What is wrong with a proof: members in place of the right ones; undefined takes one out. */
export interface ProofFault {
  readonly claims?: Readonly<Record<string, unknown>>;
  readonly header?: Readonly<Record<string, unknown>>;
  /** Signs in place of the token's key. */
  readonly key?: TestKey;
  /** How many proofs are sent. */
  readonly times?: number;
}

export function makeProofKey(): ProofKey {
  const key = makeTestKey("ES256", "proof");
  return { key, thumbprint: jwkThumbprint(key.jwk) as string, nonce: undefined };
}

export function proofFor(holder: ProofKey, token: string, fault: ProofFault = {}): Proof {
  const { key = holder.key, times = 1 } = fault;
  const ath = createHash("sha256").update(token).digest("base64url");
  const { kty, crv, x, y } = key.jwk;
  return {
    fields({ method, target, origin }) {
      const htu = `${origin}${target.split("?")[0] ?? ""}`;
      const { nonce } = holder;
      const usual = { jti: crypto.randomUUID(), htm: method, htu, iat: Math.floor(Date.now() / 1000), ath, nonce };
      const header = { typ: "dpop+jwt", alg: key.algorithm, jwk: { kty, crv, x, y }, ...fault.header };
      const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
      const text = `${part(header)}.${part({ ...usual, ...fault.claims })}`;
      const proof = `${text}.${key.sign(text).toString("base64url")}`;
      return Array.from({ length: times }, () => ["DPoP", proof] as const);
    },
    told(reply: Reply) {
      const nonce = fieldOf(reply, "dpop-nonce");
      if (nonce === undefined || nonce === holder.nonce) return false;
      holder.nonce = nonce;
      return reply.status === 401;
    },
  };
}
