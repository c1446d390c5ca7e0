// Tokens of the shop's own, and whether a token is believed: strictly, or as loosely as its flaws say.
import {
  createHash,
  createHmac,
  createPublicKey,
  generateKeyPairSync,
  type JsonWebKey,
  sign,
  timingSafeEqual,
} from "node:crypto";
import { importPublicJwk } from "../../src/cryptography/jwk.ts";
import { readCompactJws } from "../../src/cryptography/jws.ts";
import { isAlgorithmName, type VerificationKey, verifySignature } from "../../src/cryptography/signature.ts";
import type { Caller } from "./call.ts";
import type { Flaws } from "./flaws.ts";

export const ISSUER = "https://login.orders.example.com/";
export const AUDIENCE = "https://orders.example.com";

const LIFETIME_S = 900;
const WEAK_SECRET = "secret";

type Claims = Readonly<Record<string, unknown>>;

const encoded = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
const digestOf = (token: string) => createHash("sha256").update(token).digest("base64url");

export class Tokens {
  readonly #pair = generateKeyPairSync("ec", { namedCurve: "P-256" });
  readonly #own: JsonWebKey = {
    ...this.#pair.publicKey.export({ format: "jwk" }),
    kid: "shop",
    alg: "ES256",
    use: "sig",
  };
  readonly #trusted: JsonWebKey[] = [];

  /** Public keys whose tokens are believed. */
  get jwks(): readonly JsonWebKey[] {
    return [this.#own, ...this.#trusted];
  }

  /** For an issuer beside the shop's own: a test that makes tokens. */
  trust(jwk: JsonWebKey): void {
    if (typeof importPublicJwk(jwk) === "string") throw new Error("this is no public key that could verify a token");
    this.#trusted.push(jwk);
  }

  issue(user: string, claims: Claims = {}): string {
    const now = Math.floor(Date.now() / 1000);
    const usual = { iss: ISSUER, aud: AUDIENCE, sub: user, iat: now, exp: now + LIFETIME_S, client_id: "shop" };
    const scope = "orders:read orders:write";
    const payload = { ...usual, jti: crypto.randomUUID(), scope, roles: ["customer"], ...claims };
    const signed = `${encoded({ alg: "ES256", kid: "shop", typ: "at+jwt" })}.${encoded(payload)}`;
    const how = { key: this.#pair.privateKey, dsaEncoding: "ieee-p1363" } as const;
    return `${signed}.${sign("sha256", Buffer.from(signed), how).toString("base64url")}`;
  }

  /** Undefined where it is not believed. */
  async callerOf(token: string, flaws: Flaws): Promise<Caller | undefined> {
    const jws = readCompactJws(token);
    const strict = typeof jws !== "string" && isUsualHeader(jws.header) && isCurrent(jws.payload);
    if (strict && isIntended(jws.payload) && isIssued(jws.payload) && (await this.#isSigned(token))) {
      return callerFrom(jws.payload, token);
    }
    const claims = claimsOf(token);
    if (claims === undefined) return undefined;
    if (!isCurrent(claims) && !flaws.has("token-expired")) return undefined;
    if (!isIntended(claims) && !flaws.has("token-of-another-audience")) return undefined;
    if (!isIssued(claims) && !flaws.has("token-of-another-issuer")) return undefined;
    return (await this.#isLooselySigned(token, flaws)) ? callerFrom(claims, token) : undefined;
  }

  async #isSigned(token: string): Promise<boolean> {
    const jws = readCompactJws(token);
    if (typeof jws === "string" || !isUsualHeader(jws.header)) return false;
    const { alg, kid } = jws.header;
    const key = this.#keys().find((key) => key.kid === kid);
    if (key === undefined || typeof alg !== "string" || !isAlgorithmName(alg)) return false;
    return verifySignature(key, alg, jws.signed, jws.signature);
  }

  async #isLooselySigned(token: string, flaws: Flaws): Promise<boolean> {
    const [header = "", payload = "", signature = ""] = token.split(".");
    const alg = String(jsonOf(header)?.["alg"]);
    if (flaws.has("token-unsigned") && alg.toLowerCase() === "none") return true;
    const secrets: string[] = [];
    if (flaws.has("token-weak-secret")) secrets.push(WEAK_SECRET);
    if (flaws.has("token-key-confusion")) secrets.push(...this.jwks.map(pemOf));
    if (alg === "HS256") return secrets.some((secret) => isMac(secret, `${header}.${payload}`, signature));
    const isLoose = [...flaws].some((id) => id === "token-expired" || id.startsWith("token-of-another-"));
    return isLoose && this.#isSigned(token);
  }

  #keys(): VerificationKey[] {
    return this.jwks.map(importPublicJwk).filter((key) => typeof key !== "string");
  }
}

/** As whoever attacks makes it from the key set. */
export function pemOf(jwk: JsonWebKey): string {
  return createPublicKey({ key: jwk, format: "jwk" }).export({ type: "spki", format: "pem" }) as string;
}

function isMac(secret: string, signed: string, signature: string): boolean {
  const expected = createHmac("sha256", secret).update(signed).digest();
  const given = Buffer.from(signature, "base64url");
  return given.length === expected.length && timingSafeEqual(given, expected);
}

function isUsualHeader(header: Claims): boolean {
  const type = typeof header["typ"] === "string" ? header["typ"].toLowerCase() : "";
  const isUsual = Object.keys(header).every((name) => name === "alg" || name === "kid" || name === "typ");
  return isUsual && (type === "at+jwt" || type === "application/at+jwt");
}

function isCurrent({ exp, nbf, iat }: Claims): boolean {
  const now = Date.now() / 1000;
  if (typeof exp !== "number" || exp <= now || !Number.isSafeInteger(exp)) return false;
  return [nbf, iat].every((time) => time === undefined || (typeof time === "number" && time <= now + 30));
}

function isIntended({ aud }: Claims): boolean {
  return aud === AUDIENCE || (Array.isArray(aud) && aud.includes(AUDIENCE));
}

function isIssued({ iss, cnf }: Claims): boolean {
  return iss === ISSUER && cnf === undefined;
}

function callerFrom({ sub, scope, roles }: Claims, token: string): Caller | undefined {
  if (typeof sub !== "string" || sub === "") return undefined;
  const scopes = typeof scope === "string" ? scope.split(" ") : [];
  const names = Array.isArray(roles) ? roles.filter((role) => typeof role === "string") : [];
  return { user: sub, scopes, roles: names, token: digestOf(token) };
}

function claimsOf(token: string): Claims | undefined {
  return jsonOf(token.split(".")[1] ?? "");
}

function jsonOf(part: string): Claims | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, "base64url").toString());
    return typeof value === "object" && value !== null ? (value as Claims) : undefined;
  } catch {
    return undefined;
  }
}
