// Tells the gate which requests the protocol core refused, for which client: the gate records them.
import type Provider from "oidc-provider";
import { isOAuthRefusal } from "../../core/reasons/oauth.ts";
import { TOLD_REFUSAL, toldRefusal } from "../../http/told-refusal.ts";

/** Where programs show credentials. At the authorization endpoint people do, on pages that tell the record themselves. */
const AT = ["grant", "introspection", "revocation", "pushed_authorization_request", "userinfo"] as const;

export function tellRefusals(provider: Provider): void {
  for (const endpoint of AT) {
    // Each of them is told alike.
    provider.on(`${endpoint}.error` as "grant.error", (ctx, { error }) => {
      if (!isOAuthRefusal(error)) return;
      // Undefined where nobody knows it: what was typed there may be anything, also a secret.
      ctx.set(TOLD_REFUSAL, toldRefusal(error, ctx.oidc.client?.clientId));
    });
  }
}
