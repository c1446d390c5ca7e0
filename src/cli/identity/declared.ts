// What the configuration keeps in the database of the authorization server: roles, API resources, clients, accounts.
import type { IdentitySettings } from "../../configuration/settings.ts";
import type { Declared } from "../../identity/administration/seeding.ts";
import { PROTOCOL_SCOPES } from "../../identity/provider/client-metadata.ts";
import type { ResourceSettings } from "../../identity/provider/settings.ts";
import { ADMINISTRATION_SCOPES, administrationAudience } from "../../identity/roles/administration-scopes.ts";
import type { Role } from "../../identity/roles/role-store.ts";

/** A client without `scopes` may ask for all of the API's; those of the administration have to be named. */
export function declaredBy(
  { issuer, clients, users, administration }: IdentitySettings,
  resources: readonly ResourceSettings[],
  roles: readonly Role[],
): Required<Declared> {
  const everyScope = [...PROTOCOL_SCOPES, ...resources.flatMap(({ scopes }) => scopes)];
  const own = { audience: administrationAudience(issuer), scopes: ADMINISTRATION_SCOPES };
  return {
    roles,
    resources: administration ? [...resources, own] : resources,
    clients: clients.map(({ id, profile, name, scopes, ...settings }) => ({
      id,
      profile,
      name,
      settings: { ...settings, scopes: scopes ?? [...new Set(everyScope)] },
    })),
    users,
  };
}
