// Where the gateway sends what is for the built-in authorization server.
import { identityOrigin } from "../configuration/resolve/built-in-scheme.ts";
import type { Settings, UpstreamSettings } from "../configuration/settings.ts";

/** Its answers are pages and tokens: they take no longer than the API's, and hang no longer. */
export function identityUpstream({ identity, upstream }: Settings): UpstreamSettings | undefined {
  if (identity === undefined || upstream === undefined) return undefined;
  return { ...upstream, origin: identityOrigin(identity) };
}
