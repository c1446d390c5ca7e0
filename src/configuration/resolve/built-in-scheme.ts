// How tokens of the built-in issuer are proven: of the schemes that name it, and of its own administration.
import type { IdentitySettings, SchemeSettings } from "../settings.ts";
import type { KeyPath } from "../source.ts";
import type { DpopSettings } from "./dpop.ts";

export function builtInScheme(
  identity: IdentitySettings,
  at: KeyPath,
  audience: readonly string[],
  dpop: DpopSettings,
): SchemeSettings {
  return {
    kind: "jwt",
    at,
    issuer: identity.issuer,
    audience,
    keys: { kind: "url", url: `${identityOrigin(identity)}${identity.path}/jwks` },
    algorithms: ["ES256"],
    typ: undefined,
    preset: undefined,
    scopes: undefined,
    roles: ["roles"],
    permissions: undefined,
    lifetimeMaxSeconds: identity.accessTokenSeconds,
    dpop,
    dangerouslyAllowMissingTyp: false,
    allowMissingKid: false,
  };
}

/** Where the gateway reaches its process. */
export function identityOrigin({ listen }: IdentitySettings): string {
  const host = listen.host.includes(":") ? `[${listen.host}]` : listen.host;
  return `http://${host}:${listen.port}`;
}
