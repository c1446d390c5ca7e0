// What a client may be described as: the same rules for the configuration, the commands and the administration API.
import { type Refusal, refuse } from "../administration/refusal.ts";
import type { Stores } from "../administration/stores.ts";
import { ACCOUNT_CLIENT } from "../provider/account-client.ts";
import { type ClientKey, clientKeysFault } from "../provider/client-keys.ts";
import { PROTOCOL_SCOPES } from "../provider/client-metadata.ts";
import { ADMINISTRATION_SCOPES } from "../roles/administration-scopes.ts";
import type { ClientProfile, IdentityClient } from "./client-store.ts";
import { isSafeRedirect } from "./redirect-uris.ts";
import { SHOWN_NAME } from "./shown-name.ts";

/** As an administrator writes it; what is left out is as it was, or as is usual. */
export interface ClientDraft {
  readonly profile?: ClientProfile | undefined;
  readonly name?: string | undefined;
  readonly redirectUris?: readonly string[] | undefined;
  readonly postLogoutRedirectUris?: readonly string[] | undefined;
  readonly scopes?: readonly string[] | undefined;
  readonly roles?: readonly string[] | undefined;
  /** Public keys, as JWK; an empty list: it has a secret. */
  readonly keys?: readonly ClientKey[] | undefined;
}

const CLIENT_ID = /^[\w.-]{1,100}$/;
/** Ids of clients that are the server's own. */
export const OWN_CLIENTS: readonly string[] = [ACCOUNT_CLIENT];

type Described = Omit<IdentityClient, "secrets" | "isDeclared">;

/** `before`: the client that is changed. */
export async function describedClient(
  id: string,
  draft: ClientDraft,
  before: IdentityClient | undefined,
  { resources, roles: roleStore }: Stores,
): Promise<Described | Refusal> {
  const known = (await resources.all()).flatMap(({ scopes }) => scopes);
  const usual = [...PROTOCOL_SCOPES, ...known.filter((scope) => !ADMINISTRATION_SCOPES.includes(scope))];
  const profile = draft.profile ?? before?.profile;
  if (!CLIENT_ID.test(id) || OWN_CLIENTS.includes(id)) {
    return refuse("identity.client-invalid", "An id has 1 to 100 letters, digits, dots, hyphens and underscores.");
  }
  if (profile === undefined) return refuse("identity.client-invalid", "A profile is needed.");
  const name = draft.name ?? before?.name ?? id;
  if (!SHOWN_NAME.test(name)) {
    return refuse("identity.client-invalid", "A name has no control characters and no marks that turn its direction.");
  }
  const settings = {
    redirectUris: draft.redirectUris ?? before?.settings.redirectUris ?? [],
    postLogoutRedirectUris: draft.postLogoutRedirectUris ?? before?.settings.postLogoutRedirectUris ?? [],
    scopes: [...new Set(draft.scopes ?? before?.settings.scopes ?? usual)],
    roles: [...new Set(draft.roles ?? before?.settings.roles ?? [])],
    keys: draft.keys ?? before?.settings.keys ?? [],
  };
  const foreign = settings.scopes.find((scope) => !PROTOCOL_SCOPES.includes(scope) && !known.includes(scope));
  if (foreign !== undefined) return refuse("identity.scope-unknown", `${foreign} is no scope.`);
  const declared = (await roleStore.all()).filter(({ isDeclared }) => isDeclared).map((role) => role.name);
  const stranger = settings.roles.find((role) => !declared.includes(role));
  if (stranger !== undefined) return refuse("identity.role-unknown", `${stranger} is no role of the configuration.`);
  const fault = faultOf(profile, settings);
  if (fault !== undefined) return refuse("identity.client-invalid", fault);
  return { id, profile, name, settings };
}

function faultOf(
  profile: ClientProfile,
  { redirectUris, postLogoutRedirectUris, roles, keys = [] }: Required<Omit<IdentityClient["settings"], "scopes">>,
): string | undefined {
  if (profile === "fapi2" && keys.length === 0)
    return "A fapi2 client signs what it asks for: its public keys are needed.";
  if (profile === "public" && keys.length > 0)
    return "A public client has no keys: they would be in everybody's hands.";
  const keyFault = clientKeysFault(keys);
  if (keyFault !== undefined) return `A key cannot be used: ${keyFault}.`;
  const isMachine = profile === "machine";
  if (isMachine && redirectUris.length + postLogoutRedirectUris.length > 0) {
    return "A machine is never redirected to: it has no redirect URIs.";
  }
  if (!isMachine && redirectUris.length === 0) return "Each address that codes may be sent to must be named.";
  if (!isMachine && (roles ?? []).length > 0) return "Only a machine has roles of its own: others act for their users.";
  const unsafe = [...redirectUris, ...postLogoutRedirectUris].find((uri) => !isSafeRedirect(uri, profile));
  if (unsafe === undefined) return undefined;
  return `${unsafe} could be anybody's: use https, http on localhost, or for a public client a scheme with a domain in it.`;
}
