// What a forged credential is made with: the scheme's own tokens, keys of strangers, and somebody's good claims.
import type { KeyObject } from "node:crypto";
import type { AlgorithmName } from "../../../cryptography/signature.ts";
import { issueAuthority } from "../../../transport/x509.ts";
import { type Carried, type Claims, encoded, type SchemeTokens, signed } from "./scheme-tokens.ts";
import { makeTestKey, sharedKey, type TestKey } from "./test-key.ts";

/** One thing that is wrong, and its name. */
export interface Forgery {
  readonly name: string;
  readonly attack?: string;
  readonly rule: string;
  /** Tried at every operation, not only once for each way in. */
  readonly isCore?: boolean;
  /** Good the first time, and never again. */
  readonly isReplay?: true;
  /** What the API itself need not know of. */
  readonly only?: "gate";
  /** By a stranger's key: whatever it says of itself, it is to be refused in the same words (J30). */
  readonly isStrangers?: true;
  /** Undefined: it makes no sense for this scheme. */
  make(forge: Forge): string | Carried | undefined;
}

export class Forge {
  readonly tokens: SchemeTokens;
  /** What a token says that would be believed. */
  readonly claims: Claims;
  /** Where whoever attacks would have its keys. */
  readonly url: string;
  static #strangers = new Map<AlgorithmName, TestKey>();

  constructor(tokens: SchemeTokens, claims: Claims, url: string) {
    this.tokens = tokens;
    this.claims = claims;
    this.url = url;
  }

  get now(): number {
    return Math.floor(Date.now() / 1000);
  }

  /** With a good signature: `claims` and `header` say what differs; undefined takes a member out. */
  signed(claims: Claims = {}, header: Claims = {}): string {
    return this.tokens.token({ ...this.claims, ...claims }, this.tokens.header(header));
  }

  /** Signed by somebody else. */
  by(key: TestKey, header: Claims = {}, claims: Claims = {}): string {
    const named = { alg: key.algorithm, ...header };
    return this.tokens.token({ ...this.claims, ...claims }, this.tokens.header(named), key);
  }

  /** Header and payload as texts, with a good signature. */
  raw(header: string, payload: string | Buffer): string {
    const text = typeof payload === "string" ? encoded(payload) : payload.toString("base64url");
    return signed(encoded(header), text, this.tokens.key);
  }

  /** HS256 with this secret. */
  mac(secret: string | Uint8Array, header: Claims = {}): string {
    return this.by(sharedKey(secret, this.tokens.key.kid), header);
  }

  /** A good token in its three parts. */
  parts(): readonly [string, string, string] {
    return this.signed().split(".") as [string, string, string];
  }

  /** A key that nobody believes, of the kind of the scheme's. */
  get stranger(): TestKey {
    return this.strangerOf(this.tokens.key.algorithm === "HS256" ? "ES256" : this.tokens.key.algorithm);
  }

  strangerOf(algorithm: AlgorithmName): TestKey {
    const known = Forge.#strangers.get(algorithm) ?? makeTestKey(algorithm, "stranger");
    Forge.#strangers.set(algorithm, known);
    return known;
  }
}

const DAY_MS = 86_400_000;

/** In base64, as `x5c` has it (RFC 7515 4.1.6). */
export function certificateOf({ privateKey }: TestKey): string {
  const nowMs = Date.now();
  const pem = issueAuthority("stranger", privateKey as KeyObject, {
    notBeforeMs: nowMs - DAY_MS,
    notAfterMs: nowMs + DAY_MS,
  });
  return pem.replaceAll(/-----[A-Z ]+-----|\s/g, "");
}
