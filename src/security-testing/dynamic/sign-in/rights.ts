// What a token grants its bearer, read where the gate reads it. The token is somebody's own: nothing is verified here.
import { namesIn, scopesIn, TOKEN_PROFILES } from "../../../authentication/index.ts";
import type { Settings } from "../../../configuration/settings.ts";
import type { JsonObject } from "../../../cryptography/json.ts";
import type { Rights } from "../callers.ts";
import type { SignIn } from "../test-file/sign-in-schema.ts";
import type { Credential } from "./credential.ts";

/** What the owner says counts; the rest is what the token says. */
export function rightsOf({ claims }: Credential, told: SignIn, settings: Settings): Rights {
  const found = { scopes: new Set<string>(), roles: new Set<string>(), permissions: new Set<string>() };
  for (const scheme of settings.authentication.schemes.values()) {
    if (scheme.kind !== "jwt") continue;
    const profile = TOKEN_PROFILES[scheme.preset ?? "rfc9068"];
    const paths = <T>(own: readonly string[] | undefined, usual: T) => (own === undefined ? usual : [own]);
    const object = claims as JsonObject;
    for (const scope of scopesIn(object, paths(scheme.scopes, profile.scopes)) ?? []) found.scopes.add(scope);
    for (const role of namesIn(object, paths(scheme.roles, profile.roles)) ?? []) found.roles.add(role);
    for (const name of namesIn(object, paths(scheme.permissions, profile.permissions)) ?? [])
      found.permissions.add(name);
  }
  return {
    scopes: told.scopes ?? [...found.scopes],
    roles: told.roles ?? [...found.roles],
    permissions: told.permissions ?? [...found.permissions],
  };
}
