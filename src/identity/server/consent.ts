// What somebody is asked to allow, and what is written down once they did.
import type Provider from "oidc-provider";
import type { Details } from "./interaction-words.ts";

interface Missing {
  readonly missingOIDCScope?: readonly string[];
  readonly missingOIDCClaims?: readonly string[];
  readonly missingResourceScopes?: Readonly<Record<string, readonly string[]>>;
}

/** All that the client gets by a yes: also what it was allowed before, since whoever asks again may be another that calls itself so (RFC 8252 8.6). */
export async function askedScopes(provider: Provider, details: Details): Promise<readonly string[]> {
  const { missingOIDCScope = [], missingResourceScopes = {} } = details.prompt.details as Missing;
  const grant = await knownGrant(provider, details);
  const granted = [
    grant?.getOIDCScope(),
    ...Object.keys(grant?.resources ?? {}).map((one) => grant?.getResourceScope(one)),
  ];
  const gets = new Set([
    ...missingOIDCScope,
    ...Object.values(missingResourceScopes).flat(),
    ...granted.flatMap((text = "") => text.split(" ")),
  ]);
  return [...new Set(String(details.params["scope"]).split(" "))].filter((scope) => gets.has(scope));
}

/** The grant of this account and client, with what was just allowed. Nothing else is ever in it. */
export async function grantOf(provider: Provider, details: Details): Promise<string> {
  const accountId = details.session?.accountId;
  const known = await knownGrant(provider, details);
  const clientId = String(details.params["client_id"]);
  const grant = known ?? new provider.Grant({ ...(accountId === undefined ? {} : { accountId }), clientId });
  const { missingOIDCScope, missingOIDCClaims, missingResourceScopes = {} } = details.prompt.details as Missing;
  if (missingOIDCScope !== undefined) grant.addOIDCScope(missingOIDCScope.join(" "));
  if (missingOIDCClaims !== undefined) grant.addOIDCClaims([...missingOIDCClaims]);
  for (const [resource, scopes] of Object.entries(missingResourceScopes)) {
    grant.addResourceScope(resource, scopes.join(" "));
  }
  return grant.save();
}

/** What was allowed before. */
async function knownGrant(provider: Provider, { grantId }: Details) {
  return grantId === undefined ? undefined : provider.Grant.find(grantId);
}
