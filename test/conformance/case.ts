// What a case of the conformance suite is, and the callers and bodies that cases are made of.

export interface ConformanceCase {
  readonly name: string;
  /** The guard without which this case must come out differently; undefined for what must pass, and for what transport refuses. */
  readonly guard?: string;
  /** A guard that says the same by itself: without both it comes out differently. */
  readonly secondGuard?: string;
  readonly method: string;
  readonly path: string;
  readonly token?: TokenName;
  readonly fields?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly status: number;
  readonly reason?: string;
  /** Text that the answer's body must hold. */
  readonly says?: string;
  /** Field of the answer that must match. */
  readonly field?: readonly [string, RegExp];
  /** Sent so often before, with the answers not looked at. */
  readonly after?: number;
}

export type TokenName =
  | "reader"
  | "customer"
  | "support"
  | "outsider"
  | "expired"
  | "otherAudience"
  | "idToken"
  | "strong"
  | "noScope";

/** Claims by token name; `local-issuer.ts` signs them. */
export const TOKENS: Readonly<
  Record<TokenName, { scopes: string[]; roles?: string[]; lifetimeSeconds?: number; claims?: Record<string, unknown> }>
> = {
  reader: { scopes: ["orders:read"], roles: ["customer"] },
  customer: { scopes: ["orders:read", "orders:write"], roles: ["customer"] },
  support: { scopes: ["orders:read", "orders:write"], roles: ["support"] },
  outsider: { scopes: ["orders:read", "orders:write"] },
  expired: { scopes: ["orders:read"], lifetimeSeconds: -3600 },
  otherAudience: { scopes: ["orders:read"], claims: { aud: "https://other.example.com" } },
  idToken: { scopes: ["orders:read"], claims: { nonce: "n" } },
  noScope: { scopes: [] },
  strong: { scopes: ["orders:read"], roles: ["customer"], claims: { acr: "mfa" } },
};

export const JSON_FIELDS = { "content-type": "application/json" };
export const account = (email: string, password: string) => JSON.stringify({ email, password });
export const order = (quantity: unknown, more = "") =>
  `{"sku":"TEA-001","quantity":${JSON.stringify(quantity)}${more}}`;
