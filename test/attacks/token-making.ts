// How the tokens of attacks are made, and what a case of one is.
import { createPrivateKey } from "node:crypto";
import { issueAuthority } from "../../src/transport/x509.ts";
import {
  type Claims,
  claimsAt,
  encode,
  forge,
  headerText,
  signatureOf,
  type TestKey,
} from "../authentication/issuer.ts";
import type { Lab, Naive } from "./naive-verifiers.ts";

export interface TokenCase {
  readonly id: string;
  readonly name: string;
  readonly make: (lab: Lab) => string;
  /** Undefined: the token is an honest one and must pass. */
  readonly reason?: RegExp;
  /** Undefined where nothing was found that it fools. */
  readonly fools?: Naive | undefined;
  /** The algorithm whose keys it is about; every one where left out. */
  readonly only?: string;
  /** Whether jose, told all that it can be told, lets it through. */
  readonly passesJose?: true;
  /** Not sent to a real gateway: its clock moves on, or HTTP itself refuses the text. */
  readonly unserved?: true;
}

export const MALFORMED = /token-malformed/;
export const ALGORITHM = /algorithm-rejected/;
export const NOT_ITS_KEY = /signature-invalid|algorithm-rejected|key-unknown/;
export const TYPE = /token-type-rejected/;
export const PASSES_JOSE = { passesJose: true } as const;

export const text = (lab: Lab, changes: Claims = {}) => JSON.stringify(claimsAt(lab.seconds, changes));
export const token = (lab: Lab, header: Claims = {}, claims: Claims = {}, by = lab.key) =>
  forge(by, headerText(by, { kid: lab.key.kid, ...header }), text(lab, claims));
export const unsigned = (lab: Lab, header: Claims) => `${encode(headerText(lab.key, header))}.${encode(text(lab))}.`;
/** The same JSON text with more members in front. */
export const withMembers = (json: string, members: string) => `{${members},${json.slice(1)}`;
/** Numbers that JSON.stringify would write otherwise. */
export const written = (lab: Lab, name: string, value: string) =>
  forge(lab.key, headerText(lab.key), text(lab, { [name]: "@" }).replace('"@"', value));
export const parted = (lab: Lab) => token(lab).split(".") as [string, string, string];

export type Row = readonly [name: string, make: TokenCase["make"], more?: Partial<TokenCase>];
export const cases = (
  id: string,
  reason: RegExp | undefined,
  fools: Naive | undefined,
  rows: readonly Row[],
): TokenCase[] =>
  rows.map(([name, make, more]) => ({
    id,
    name,
    make,
    ...(reason === undefined ? {} : { reason }),
    ...(fools === undefined ? {} : { fools }),
    ...more,
  }));

export function signedAs(lab: Lab, signature: Buffer): string {
  return `${encode(headerText(lab.key))}.${encode(text(lab))}.${encode(signature)}`;
}

/** A key of that algorithm which is neither this one nor the attacker's. */
export function other(lab: Lab, alg: string): TestKey {
  return alg === lab.key.alg ? lab.mine : (lab.all.find((key) => key.alg === alg) as TestKey);
}

export function withAlgorithm(alg: string): TokenCase["make"] {
  return (lab) => {
    const key = { ...lab.key, alg };
    const signed = `${encode(headerText(lab.key, { alg }))}.${encode(text(lab))}`;
    // The curve of the key, and the digest of the other algorithm.
    return `${signed}.${encode(signatureOf(key, signed))}`;
  };
}

export function bare(key: TestKey): object {
  const { kid: _kid, alg: _alg, use: _use, ...jwk } = key.jwk;
  return jwk;
}

export function certificate(key: TestKey): string {
  const pem = key.privateKey.export({ type: "pkcs8", format: "pem" }) as string;
  const validity = { notBeforeMs: 1_000_000_000_000, notAfterMs: 3_000_000_000_000 };
  const issued = issueAuthority("mine", createPrivateKey(pem), validity);
  return issued.replaceAll(/-----[^-]+-----|\s/g, "");
}

/** The payload with bytes within `sub`. */
export function withBytes(lab: Lab, bytes: readonly number[]): string {
  const [before, after] = text(lab).split("user-1") as [string, string];
  return forge(
    lab.key,
    headerText(lab.key),
    Buffer.concat([Buffer.from(before), Buffer.from(bytes), Buffer.from(after)]),
  );
}

export function spliced(lab: Lab, character: string): string {
  const [header, payload, signature] = parted(lab);
  return `${header}.${payload}.${signature.slice(0, 9)}${character}${signature.slice(9)}`;
}

/** Another spelling of the same bytes: 64 and 256 bytes leave four bits of their last character unused. */
export function trailingBits(lab: Lab): string {
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  const honest = token(lab);
  return honest.slice(0, -1) + (alphabet[alphabet.indexOf(honest.at(-1) as string) + 1] as string);
}

export function nested(lab: Lab, depth: number): string {
  return forge(lab.key, headerText(lab.key), withMembers(text(lab), `"deep":${"[".repeat(depth)}${"]".repeat(depth)}`));
}
