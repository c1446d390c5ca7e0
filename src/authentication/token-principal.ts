// Makes the principal of a verified token: built once, frozen, shared by its requests.
import type { Principal } from "../core/principal.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "../cryptography/json.ts";
import { namesIn, scopesIn } from "./claim-values.ts";
import { SealedSet } from "./sealed-set.ts";
import type { TokenProfile } from "./token-profile.ts";

/** The caller, or the name of the claim that has a wrong shape. */
export function tokenPrincipal(
  claims: JsonObject,
  scheme: string,
  profile: TokenProfile,
  expiresAtMs: number,
  boundTo: string | undefined,
): Principal | string {
  const scopes = scopesIn(claims, profile.scopes);
  if (scopes === undefined) return "scopes";
  const roles = namesIn(claims, profile.roles);
  if (roles === undefined) return "roles";
  const permissions = namesIn(claims, profile.permissions);
  if (permissions === undefined) return "permissions";
  const subject = textIn(claims, "sub");
  const client = profile.client.map((name) => textIn(claims, name)).find((name) => name !== undefined);
  return Object.freeze({
    kind: isOfClient(claims, subject, client, profile) ? "client" : "user",
    scheme,
    method: boundTo === undefined ? "bearer" : "dpop",
    issuer: textIn(claims, "iss"),
    subject,
    client,
    scopes: new SealedSet(scopes),
    roles: Object.freeze(roles),
    permissions: Object.freeze(permissions),
    claims: freezeDeep(claims),
    tokenId: textIn(claims, profile.tokenId),
    session: textIn(claims, profile.session),
    boundTo,
    expiresAtMs,
  });
}

/** RFC 9068 2.2: without a user, `sub` names the client. Some issuers say it otherwise. */
function isOfClient(
  claims: JsonObject,
  subject: string | undefined,
  client: string | undefined,
  { clientOnly, userOnly, clientOnlyValue: [name, value] = ["", ""] }: TokenProfile,
): boolean {
  if (subject === undefined || subject === client) return true;
  if (userOnly !== undefined && claims[userOnly] === undefined) return true;
  return (name !== "" && claims[name] === value) || (clientOnly !== undefined && claims[clientOnly] !== undefined);
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
