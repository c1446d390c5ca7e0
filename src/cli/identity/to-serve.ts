// What the authorization server is told, from the settings and the document: the gateway's process loads them for both.
import { identityResources } from "../../configuration/identity-resources.ts";
import { scopeTexts } from "../../configuration/identity-scope-texts.ts";
import type { Settings } from "../../configuration/settings.ts";
import type { Role } from "../../identity/roles/role-store.ts";
import type { ApiDescription } from "../../openapi/api-description.ts";
import { UsageError } from "../command.ts";
import type { IdentityToServe } from "./serving.ts";

/** What is wrong without the section, and the remedy. */
export const NO_SECTION = [
  "the configuration has no section identity",
  "See docs/identity.md for how it is written.",
] as const;

/** Throws UsageError where there is nothing to serve, or nobody to serve it to. */
export function identityToServe(settings: Settings, api: ApiDescription): IdentityToServe {
  const { identity } = settings;
  if (identity === undefined) {
    throw new UsageError(...NO_SECTION);
  }
  const [first, ...others] = identityResources(settings, api);
  if (first === undefined) {
    throw new UsageError(
      "no security scheme takes the tokens of the built-in issuer",
      "Set `issuer: built-in` for a scheme of the document under `authentication`.",
    );
  }
  const serviceName = identity.serviceName ?? api.title;
  const resources = [first, ...others] as const;
  return {
    settings: identity,
    serviceName,
    scopeTexts: scopeTexts(settings, api),
    resources,
    roles: rolesOf(settings),
  };
}

/** Those of `authorization.roles`: what is granted is what the gate checks. */
export function rolesOf({ authorization }: Settings): readonly Role[] {
  return Object.entries(authorization.roles).map(([name, { includes = [], permissions = [] }]) => ({
    name,
    includes,
    permissions,
  }));
}
