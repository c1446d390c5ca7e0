// Verifiers as they are written by hand, each with its hole: what an attack must fool before it counts as one.
import { createHmac, type KeyObject, verify, X509Certificate } from "node:crypto";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import { compactVerify, createLocalJWKSet, importJWK, type JWK, jwtVerify } from "jose";
import { AUDIENCE, ISSUER, type TestKey } from "../authentication/issuer.ts";

/** What a case is made of: the key that signs, an attacker's key of the same kind and name, the moment. */
export interface Lab {
  readonly key: TestKey;
  readonly mine: TestKey;
  readonly all: readonly TestKey[];
  readonly seconds: number;
}

export type Naive = (token: string, lab: Lab) => boolean | Promise<boolean>;

const parts = (token: string) => token.split(".") as [string, string, string];
const json = (part: string) => JSON.parse(Buffer.from(part, "base64url").toString()) as Record<string, unknown>;

/** Reads what stands in it and believes that. */
export const decodes: Naive = (token) => {
  const body = token.startsWith("{")
    ? (JSON.parse(token) as { payload: string }).payload
    : (token.split(".")[1] as string);
  return json(body)["sub"] !== undefined;
};

/** Lets the header say how to verify; `secret` is what it holds as "the key". */
export const headerDecides =
  (secret?: (key: TestKey) => string | Buffer): Naive =>
  (token, { key }) => {
    const [header, body, signature] = parts(token);
    const alg = (json(header)["alg"] ?? "none") as string;
    if (alg.toLowerCase() === "none") return true;
    if (!alg.startsWith("HS")) return signedBy(key.publicKey, key.alg, token);
    const held = secret?.(key) ?? pemOf(key);
    return createHmac("sha256", held).update(`${header}.${body}`).digest("base64url") === signature;
  };

export function pemOf(key: TestKey): string {
  return key.publicKey.export({ type: "spki", format: "pem" }) as string;
}

/** Whether that key signed the text, by the algorithm that is named; nothing else is looked at. */
function signedBy(key: KeyObject, alg: string, token: string): boolean {
  const [header, body, signature] = parts(token);
  const hash = alg === "EdDSA" ? null : `sha${alg.slice(2)}`;
  const how = {
    key,
    ...(alg.startsWith("ES") && { dsaEncoding: "ieee-p1363" as const }),
    ...(alg.startsWith("PS") && { padding: 6, saltLength: -1 }),
  };
  return verify(hash, Buffer.from(`${header}.${body}`), how, Buffer.from(signature, "base64url"));
}

/** A right signature is enough; and by the algorithm that the token names. */
export const signatureOnly: Naive = (token, { key }) => signedBy(key.publicKey, key.alg, token);
export const namedAlgorithm: Naive = (token, { key }) =>
  signedBy(key.publicKey, String(json(parts(token)[0])["alg"]), token);

/** Takes the key, or the certificate, out of the token. */
export const embeddedKey: Naive = async (token) => {
  const { jwk, alg } = json(parts(token)[0]) as { jwk: JWK; alg: string };
  return resolves(compactVerify(token, await importJWK(jwk, alg)));
};
export const embeddedCertificate: Naive = (token) => {
  const { x5c, alg } = json(parts(token)[0]) as { x5c: string[]; alg: string };
  return signedBy(new X509Certificate(Buffer.from(x5c[0] as string, "base64")).publicKey, alg, token);
};

/** Fetches the key from where the token says. */
export const fetchedKey: Naive = async (token) => {
  const { jku, x5u } = json(parts(token)[0]) as { jku?: string; x5u?: string };
  const answer = await fetch((jku ?? x5u) as string);
  return resolves(jwtVerify(token, createLocalJWKSet((await answer.json()) as { keys: JWK[] })));
};

const kidOf = (token: string) => json(parts(token)[0])["kid"];

/** Takes the name of a key for the name of a file. */
export const keyFromFile: Naive = (token, { key, mine }) => {
  const files: Record<string, TestKey> = { [`/srv/keys/${key.kid}`]: key, "/srv/uploads/mine": mine };
  const found = files[path.posix.join("/srv/keys", String(kidOf(token)))];
  return found !== undefined && signedBy(found.publicKey, found.alg, token);
};

/** Puts the name of a key into a query. */
export const keyFromDatabase: Naive = (token, { key, mine }) => {
  const database = new DatabaseSync(":memory:");
  database.exec("CREATE TABLE keys (kid TEXT, pem TEXT); CREATE TABLE notes (text TEXT)");
  database.prepare("INSERT INTO keys VALUES (?, ?)").run(key.kid, pemOf(key));
  database.prepare("INSERT INTO notes VALUES (?)").run(pemOf(mine));
  const row = database.prepare(`SELECT pem FROM keys WHERE kid = '${String(kidOf(token))}'`).get();
  return row?.["pem"] === pemOf(mine) && signedBy(mine.publicKey, mine.alg, token);
};

/** Reads the name of a key up to its first NUL, or as whatever JavaScript makes of it. */
export const keyByLooseName: Naive = (token, { key }) => {
  const keys: Record<string, TestKey> = { [key.kid]: key };
  const found = keys[String(kidOf(token)).split("\0")[0] as string];
  return found !== undefined && signedBy(found.publicKey, found.alg, token);
};

/** Finds the key by its name among those of all issuers, and believes `iss`. */
export const keyOfAnyIssuer: Naive = (token, { mine }) => signedBy(mine.publicKey, mine.alg, token);

/** Node's default form of ECDSA signatures. */
export const derSignature: Naive = (token, { key }) => {
  const [header, body, signature] = parts(token);
  return verify("sha256", Buffer.from(`${header}.${body}`), key.publicKey, Buffer.from(signature, "base64url"));
};

/** ECDSA from the textbook, without the check that r and s are not zero: the point at infinity has x = 0 there. */
export const textbookEcdsa: Naive = (token) => {
  const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
  const raw = Buffer.from(parts(token)[2], "base64url");
  const number = (bytes: Buffer) => BigInt(`0x${bytes.toString("hex")}`) % order;
  const [r, s] = [number(raw.subarray(0, 32)), number(raw.subarray(32))];
  let inverse = 1n; // s^(order - 2): zero where s is
  for (let base = s, left = order - 2n; left > 0n; left >>= 1n, base = (base * base) % order) {
    if ((left & 1n) === 1n) inverse = (inverse * base) % order;
  }
  return inverse === 0n && r === 0n; // both products are zero, so is their sum, whatever was signed
};

/** jose with the key alone, as its first example has it. */
export const joseByKey: Naive = (token, { key, seconds }) =>
  resolves(jwtVerify(token, key.publicKey, { currentDate: new Date(seconds * 1_000) }));

/** jose with all that it can be told: issuer, audience, type, algorithms, skew. */
export const joseWithCare: Naive = (token, { all, seconds }) =>
  resolves(
    jwtVerify(token, createLocalJWKSet({ keys: all.map(({ jwk }) => jwk) }), {
      issuer: ISSUER,
      audience: AUDIENCE,
      typ: "at+jwt",
      algorithms: ["RS256", "PS256", "ES256", "EdDSA"],
      clockTolerance: 30,
      currentDate: new Date(seconds * 1_000),
    }),
  );

function resolves(work: Promise<unknown>): Promise<boolean> {
  return work.then(
    () => true,
    () => false,
  );
}
