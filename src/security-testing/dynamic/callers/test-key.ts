// Key pairs of the run's own: one that a gate under test believes, and those of whoever must not be believed.
import {
  constants,
  createHmac,
  createPublicKey,
  generateKeyPairSync,
  type JsonWebKey,
  type KeyObject,
  randomBytes,
  sign,
} from "node:crypto";
import { type AlgorithmName, isAlgorithmName } from "../../../cryptography/signature.ts";

export interface TestKey {
  readonly algorithm: AlgorithmName;
  readonly kid: string;
  /** Undefined for a shared secret. */
  readonly publicKey: KeyObject | undefined;
  readonly privateKey: KeyObject | undefined;
  readonly jwk: JsonWebKey;
  sign(text: string): Buffer;
}

/** What issuers use most. */
const PREFERRED: AlgorithmName = "ES256";

/** The algorithm of a test issuer's key, where only these are accepted. */
export function algorithmAmong(accepted: readonly string[] | undefined): AlgorithmName {
  const known = (accepted ?? []).filter(isAlgorithmName);
  return known.includes(PREFERRED) ? PREFERRED : (known[0] ?? PREFERRED);
}

export function makeTestKey(algorithm: AlgorithmName, kid: string): TestKey {
  const privateKey = generate(algorithm);
  const publicKey = createPublicKey(privateKey);
  const jwk = { ...publicKey.export({ format: "jwk" }), kid, alg: algorithm, use: "sig" };
  return { algorithm, kid, publicKey, privateKey, jwk, sign: (text) => signWith(privateKey, algorithm, text) };
}

/** A secret that gate and issuer share, in base64url. */
export function makeSharedSecret(): string {
  return randomBytes(48).toString("base64url");
}

export function sharedKey(secret: string | Uint8Array, kid: string): TestKey {
  return {
    algorithm: "HS256",
    kid,
    publicKey: undefined,
    privateKey: undefined,
    jwk: {},
    sign: (text) => createHmac("sha256", secret).update(text).digest(),
  };
}

const CURVES: Readonly<Record<string, string>> = { ES256: "P-256", ES384: "P-384", ES512: "P-521" };
const HASHES: Readonly<Record<string, string>> = { "256": "sha256", "384": "sha384", "512": "sha512" };

function generate(algorithm: AlgorithmName): KeyObject {
  const namedCurve = CURVES[algorithm];
  if (namedCurve !== undefined) return generateKeyPairSync("ec", { namedCurve }).privateKey;
  if (algorithm.startsWith("Ed")) return generateKeyPairSync("ed25519").privateKey;
  return generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey;
}

function signWith(key: KeyObject, algorithm: AlgorithmName, text: string): Buffer {
  const bytes = Buffer.from(text, "latin1");
  if (algorithm.startsWith("Ed")) return sign(null, bytes, key);
  const hash = HASHES[algorithm.slice(2)] as string;
  if (algorithm.startsWith("ES")) return sign(hash, bytes, { key, dsaEncoding: "ieee-p1363" });
  if (!algorithm.startsWith("PS")) return sign(hash, bytes, key);
  return sign(hash, bytes, {
    key,
    padding: constants.RSA_PKCS1_PSS_PADDING,
    saltLength: constants.RSA_PSS_SALTLEN_DIGEST,
  });
}
