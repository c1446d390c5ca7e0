// A key pair of our own that signs what the API behind the gate may believe: ES256 (RFC 7518 3.4).
import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import { jwkThumbprint } from "./thumbprint.ts";

export interface SigningKey {
  readonly kid: string;
  /** The public half, as a JWK Set has it. */
  readonly jwk: Readonly<Record<string, string>>;
  /** A compact JWS over this payload. */
  sign(payload: object): string;
}

/** A key of this process. */
export function makeSigningKey(type: string): SigningKey {
  return signingKey(generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey, type);
}

/** From a PEM file, or undefined where it holds no private key for P-256. `type` is the `typ` of what it signs. */
export function importSigningKey(pem: string, type: string): SigningKey | undefined {
  let key: KeyObject;
  try {
    key = createPrivateKey(pem);
  } catch {
    return undefined;
  }
  const isP256 = key.asymmetricKeyType === "ec" && key.asymmetricKeyDetails?.namedCurve === "prime256v1";
  return isP256 ? signingKey(key, type) : undefined;
}

function signingKey(key: KeyObject, type: string): SigningKey {
  const { kty, crv, x, y } = createPublicKey(key).export({ format: "jwk" }) as Record<
    "kty" | "crv" | "x" | "y",
    string
  >;
  const kid = jwkThumbprint({ kty, crv, x, y }) as string;
  const header = encode({ alg: "ES256", typ: type, kid });
  const how = { key, dsaEncoding: "ieee-p1363" } as const;
  return Object.freeze({
    kid,
    jwk: Object.freeze({ kty, crv, x, y, kid, alg: "ES256", use: "sig" }),
    sign: (payload: object): string => {
      const signed = `${header}.${encode(payload)}`;
      return `${signed}.${sign("sha256", Buffer.from(signed, "latin1"), how).toString("base64url")}`;
    },
  });
}

function encode(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}
