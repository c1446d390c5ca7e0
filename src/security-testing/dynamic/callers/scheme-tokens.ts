// Access tokens of a test issuer for one scheme of the document, as its settings have them: issuer, audience, kind, claims.
import { TOKEN_PROFILES, type TokenProfile } from "../../../authentication/index.ts";
import { dpopModeOf } from "../../../configuration/compose/scheme-kinds.ts";
import type { SchemeSettings } from "../../../configuration/settings.ts";
import type { SecurityScheme } from "../../../openapi/operation.ts";
import type { Rights } from "../callers.ts";
import type { Field, Proof } from "../wire.ts";
import { type ProofKey, proofFor } from "./proof-key.ts";
import type { TestKey } from "./test-key.ts";

export type JwtSettings = Extract<SchemeSettings, { kind: "jwt" }>;
export type Claims = Readonly<Record<string, unknown>>;

export interface Person {
  readonly name: string;
  readonly subject: string;
}

/** What goes over the wire for one credential. */
export interface Carried {
  readonly fields: readonly Field[];
  readonly query?: readonly Field[];
  readonly proof?: Proof | undefined;
}

const LIFETIME_S = 3_600;
const CLIENT = "portcullis-test";

export class SchemeTokens {
  readonly name: string;
  readonly entry: JwtSettings;
  readonly key: TestKey;
  readonly profile: TokenProfile;
  readonly typ: readonly string[];
  /** Whether only bound tokens are taken, none, or both. */
  readonly binding: "accept" | "require" | "off";
  readonly proofKey: ProofKey;

  constructor(name: string, entry: JwtSettings, scheme: SecurityScheme | undefined, key: TestKey, proofKey: ProofKey) {
    this.name = name;
    this.entry = entry;
    this.key = key;
    this.proofKey = proofKey;
    this.profile = TOKEN_PROFILES[entry.preset ?? "rfc9068"];
    this.typ = entry.typ ?? this.profile.typ;
    this.binding = dpopModeOf(entry.dpop, scheme);
  }

  header(more: Claims = {}): Claims {
    return { alg: this.key.algorithm, kid: this.key.kid, typ: this.typ[0], ...more };
  }

  /** All that the issuer would say of someone with these rights. `level`: what `acr` says. */
  claims(person: Person, rights: Rights, level?: string): Claims {
    const { entry, profile } = this;
    const now = Math.floor(Date.now() / 1000);
    const life = Math.min(LIFETIME_S, entry.lifetimeMaxSeconds ?? LIFETIME_S);
    const claims: Record<string, unknown> = {
      iss: entry.issuer,
      aud: entry.audience[0],
      sub: person.subject,
      iat: now,
      exp: now + life,
      [profile.tokenId]: crypto.randomUUID(),
      ...profile.required,
    };
    for (const name of [...profile.client.slice(0, 1), ...(profile.oneOf ?? []).slice(0, 1)]) claims[name] = CLIENT;
    const scopes = entry.scopes ?? profile.scopes[0];
    if (scopes !== undefined) put(claims, scopes, rights.scopes.join(" "));
    const roles = entry.roles ?? profile.roles[0];
    if (roles !== undefined) put(claims, roles, rights.roles);
    const permissions = entry.permissions ?? profile.permissions[0];
    if (permissions !== undefined) put(claims, permissions, rights.permissions);
    if (level !== undefined) Object.assign(claims, { acr: level, amr: ["pwd", "mfa"] });
    return this.binding === "require" ? this.bound(claims) : claims;
  }

  /** The same, bound to the run's key (RFC 9449 6.1). */
  bound(claims: Claims): Claims {
    return { ...claims, cnf: { jkt: this.proofKey.thumbprint } };
  }

  token(claims: Claims, header: Claims = this.header(), key: TestKey = this.key): string {
    return signed(encoded(header), encoded(claims), key);
  }

  /** As this scheme's clients send it, with a proof for each request where only bound tokens are taken. */
  carry(token: string): Carried {
    if (this.binding !== "require") return { fields: [["Authorization", `Bearer ${token}`]] };
    return this.carryBound(token);
  }

  carryBound(token: string): Carried {
    return { fields: [["Authorization", `DPoP ${token}`]], proof: proofFor(this.proofKey, token) };
  }
}

export function encoded(value: unknown): string {
  return Buffer.from(typeof value === "string" ? value : JSON.stringify(value)).toString("base64url");
}

export function signed(header: string, payload: string, key: TestKey): string {
  const text = `${header}.${payload}`;
  return `${text}.${key.sign(text).toString("base64url")}`;
}

function put(claims: Record<string, unknown>, path: readonly string[], value: unknown): void {
  let at = claims;
  for (const name of path.slice(0, -1)) {
    const inner = (at[name] ?? {}) as Record<string, unknown>;
    at[name] = inner;
    at = inner;
  }
  at[path.at(-1) as string] = value;
}
