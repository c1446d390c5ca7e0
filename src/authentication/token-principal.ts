// Makes the principal of a verified token: built once, frozen, shared by its requests.
import type { Principal } from "../core/principal.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "../cryptography/json.ts";
import { rolesIn, scopesIn } from "./claim-values.ts";
import { SealedSet } from "./sealed-set.ts";
import type { ClaimPath } from "./token-profile.ts";

export interface PrincipalRules {
  readonly scheme: string;
  readonly scopes: readonly ClaimPath[];
  readonly roles: readonly ClaimPath[];
  readonly clientOnly: string | undefined;
}

/** The caller, or the name of the claim that has a wrong shape. */
export function tokenPrincipal(claims: JsonObject, rules: PrincipalRules, expiresAtMs: number): Principal | string {
  const scopes = scopesIn(claims, rules.scopes);
  if (scopes === undefined) return "scopes";
  const roles = rolesIn(claims, rules.roles);
  if (roles === undefined) return "roles";
  const subject = textIn(claims, "sub");
  const client = textIn(claims, "client_id") ?? textIn(claims, "azp");
  // RFC 9068 2.2: without a user, `sub` names the client. Auth0 says so by `gty`.
  const isClient =
    subject === undefined ||
    subject === client ||
    claims["gty"] === "client-credentials" ||
    (rules.clientOnly !== undefined && claims[rules.clientOnly] !== undefined);
  return Object.freeze({
    kind: isClient ? "client" : "user",
    scheme: rules.scheme,
    method: "bearer",
    issuer: textIn(claims, "iss"),
    subject,
    client,
    scopes: new SealedSet(scopes),
    roles: Object.freeze(roles),
    claims: freezeDeep(claims),
    tokenId: textIn(claims, "jti"),
    boundTo: undefined,
    expiresAtMs,
  });
}

function textIn(claims: JsonObject, name: string): string | undefined {
  const value = claims[name];
  return typeof value === "string" ? value : undefined;
}

function freezeDeep<T extends JsonValue>(value: T): T {
  if (Array.isArray(value)) for (const item of value as readonly JsonValue[]) freezeDeep(item);
  else if (isJsonObject(value)) for (const member of Object.values(value)) freezeDeep(member as JsonValue);
  return Object.freeze(value);
}
