// What the protocol core is told of a client: which grants and methods follow from its profile (RFC 9700 2).
import type { ClientMetadata, JWK } from "oidc-provider";
import type { IdentityClient } from "../clients/client-store.ts";
import { RESPONSE_MODES } from "./response-modes.ts";

/** Between the hashes in the place of the one secret that the core knows of. */
const SEPARATOR = " ";
/** The core asks for one; no secret has this hash. */
const NO_SECRET = "-";

/** Scopes that are about the account, not about an API. */
export const PROTOCOL_SCOPES: readonly string[] = ["openid", "offline_access", "email"];

/** Our own metadata: the core holds clients to scopes of its own only, not to those of an API. */
export const API_SCOPES = "portcullis_api_scopes";

/** The roles of a machine, which stand in its tokens. */
export const CLIENT_ROLES = "portcullis_roles";

export function clientMetadata(client: IdentityClient): ClientMetadata {
  const { id, name, profile, settings } = client;
  const about = settings.scopes.filter((scope) => PROTOCOL_SCOPES.includes(scope));
  const common = {
    client_id: id,
    client_name: name,
    ...(about.length === 0 ? {} : { scope: about.join(" ") }),
    [API_SCOPES]: settings.scopes.filter((scope) => !PROTOCOL_SCOPES.includes(scope)).join(" "),
    [CLIENT_ROLES]: JSON.stringify(profile === "machine" ? (settings.roles ?? []) : []),
    id_token_signed_response_alg: "ES256",
  } as const;
  const authentication = authenticationOf(client);
  switch (profile) {
    case "machine":
      return {
        ...common,
        ...authentication,
        grant_types: ["client_credentials"],
        response_types: [],
        redirect_uris: [],
      };
    case "confidential":
      return { ...common, ...authentication, ...interactive(client) };
    case "fapi2":
      return {
        ...common,
        ...authentication,
        ...interactive(client),
        require_pushed_authorization_requests: true,
        dpop_bound_access_tokens: true,
      };
    case "public":
      return { ...common, ...interactive(client), token_endpoint_auth_method: "none" };
  }
}

/** By a signature where it has keys, by a secret where it has none: never by either. */
function authenticationOf({ settings, secrets, profile }: IdentityClient): Partial<ClientMetadata> {
  const { keys = [] } = settings;
  if (keys.length > 0 || profile === "fapi2") {
    return { token_endpoint_auth_method: "private_key_jwt", jwks: { keys: [...keys] as JWK[] } };
  }
  return {
    token_endpoint_auth_method: "client_secret_basic",
    client_secret: secrets.map(({ hash }) => hash).join(SEPARATOR) || NO_SECRET,
  };
}

/** The hashes that `clientMetadata` gave for a client. */
export function secretHashesOf(clientSecret: string | undefined): readonly string[] {
  return clientSecret === undefined ? [] : clientSecret.split(SEPARATOR);
}

function interactive({ settings, profile }: IdentityClient) {
  const isNative = profile === "public" && settings.redirectUris.some(isNativeRedirect);
  return {
    grant_types: ["authorization_code", "refresh_token"],
    response_types: ["code"],
    response_modes: [...RESPONSE_MODES],
    redirect_uris: [...settings.redirectUris],
    post_logout_redirect_uris: [...settings.postLogoutRedirectUris],
    application_type: isNative ? "native" : "web",
  } satisfies Partial<ClientMetadata>;
}

/** A scheme of its own, or loopback: an application on the user's machine (RFC 8252 7). */
function isNativeRedirect(uri: string): boolean {
  const { protocol, hostname } = new URL(uri);
  if (protocol === "https:") return false;
  return protocol !== "http:" || ["127.0.0.1", "[::1]", "localhost"].includes(hostname);
}
