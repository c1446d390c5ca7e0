// The account page as a client of the protocol: whoever opens it signs in by the form, the factors and the session of all others.
import { createHash, randomBytes } from "node:crypto";
import type { ClientMetadata, KoaContextWithOIDC } from "oidc-provider";
import { API_SCOPES } from "./client-metadata.ts";

export const ACCOUNT_CLIENT = "portcullis-account";

/** What is changed there is changed by somebody who signed in so recently. */
export const FRESH_SECONDS = 900;

export function accountClientMetadata(issuer: string): ClientMetadata {
  return {
    client_id: ACCOUNT_CLIENT,
    client_name: "your account",
    scope: "openid",
    [API_SCOPES]: "",
    id_token_signed_response_alg: "ES256",
    grant_types: ["authorization_code"],
    response_types: ["code"],
    redirect_uris: [accountPageOf(issuer)],
    token_endpoint_auth_method: "none",
  };
}

/**
 * Where to sign in for the account page, relative to the issuer. The code that comes back is redeemed by nobody: what its verifier would be is not
 * known, and the session is all that the page needs. `page`: to go on with then.
 */
export function accountSignIn(issuer: string, page: string): string {
  const query = new URLSearchParams({
    client_id: ACCOUNT_CLIENT,
    response_type: "code",
    redirect_uri: accountPageOf(issuer),
    scope: "openid",
    code_challenge: createHash("sha256").update(randomBytes(32)).digest("base64url"),
    code_challenge_method: "S256",
    max_age: String(FRESH_SECONDS),
    state: page,
  });
  return `${issuer.replace(/\/$/, "")}/auth?${query.toString()}`;
}

function accountPageOf(issuer: string): string {
  return `${issuer.replace(/\/$/, "")}/account`;
}

/** Nobody is asked for consent to see what is theirs. */
export async function existingGrant({ oidc }: KoaContextWithOIDC) {
  const { client, session, provider, result } = oidc;
  const clientId = client?.clientId as string;
  const id = result?.consent?.grantId ?? session?.grantIdFor(clientId);
  const known = id === undefined ? undefined : await provider.Grant.find(id);
  if (known !== undefined || clientId !== ACCOUNT_CLIENT || session?.accountId === undefined) return known;
  const grant = new provider.Grant({ accountId: session.accountId, clientId });
  grant.addOIDCScope("openid");
  await grant.save();
  return grant;
}
