// Who is calling, as far as a credential proved it.

/** A proven caller, or ANONYMOUS. Built once per credential and shared by its requests: never changed afterwards. */
export interface Principal {
  readonly kind: "anonymous" | "user" | "client";
  /** Name of the document's security scheme whose credential proved it. */
  readonly scheme: string | undefined;
  readonly method: "bearer" | "dpop" | "api-key" | "upstream" | undefined;
  readonly issuer: string | undefined;
  /** `sub`: unique only together with the issuer. */
  readonly subject: string | undefined;
  /** `client_id` or `azp`; the id of an API key. */
  readonly client: string | undefined;
  /** What the client was granted. */
  readonly scopes: ReadonlySet<string>;
  /** Roles of the user as the issuer asserts them, before inclusion. */
  readonly roles: readonly string[];
  /** What the issuer itself says that the user may do, beside what roles give. */
  readonly permissions: readonly string[];
  /** Verified claims, without prototype. Not for logs. */
  readonly claims: Readonly<Record<string, unknown>>;
  /** Identifier of the token (`jti`), for deny lists and, hashed, for records. */
  readonly tokenId: string | undefined;
  /** The session that the token belongs to (`sid`), where the issuer says so. Not for logs. */
  readonly session: string | undefined;
  /** Key that the credential is bound to (`cnf`), where its proof was verified. */
  readonly boundTo: string | undefined;
  /** When the credential ends, in wall-clock milliseconds. */
  readonly expiresAtMs: number | undefined;
}

/** Who counts as one caller, within an issuer: a token without a user, and an API key, by its client. */
export function callerName({ subject, client }: Pick<Principal, "subject" | "client">): string | undefined {
  return subject ?? client;
}

export const ANONYMOUS: Principal = Object.freeze({
  kind: "anonymous",
  scheme: undefined,
  method: undefined,
  issuer: undefined,
  subject: undefined,
  client: undefined,
  scopes: new Set<string>(),
  roles: [],
  permissions: [],
  claims: Object.freeze(Object.create(null) as Record<string, unknown>),
  tokenId: undefined,
  session: undefined,
  boundTo: undefined,
  expiresAtMs: undefined,
});
