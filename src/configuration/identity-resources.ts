// Which audiences and scopes the built-in issuer may write into tokens: those that the document and the configuration ask for.
import type { ApiDescription } from "../openapi/api-description.ts";
import type { Settings } from "./settings.ts";

export interface IdentityResource {
  readonly audience: string;
  readonly scopes: readonly string[];
}

/** One for each audience of the schemes that name the built-in issuer. One policy: what is granted here is what the gate checks. */
export function identityResources(settings: Settings, api: ApiDescription): readonly IdentityResource[] {
  const { identity, authentication } = settings;
  if (identity === undefined) return [];
  const scopesByAudience = new Map<string, Set<string>>();
  const everywhere = authentication.schemes.get("*");
  const names = new Set([...api.schemes.keys(), ...authentication.schemes.keys()]);
  for (const name of names) {
    const entry = authentication.schemes.get(name) ?? everywhere;
    const [audience] = entry?.kind === "jwt" && entry.issuer === identity.issuer ? entry.audience : [];
    if (audience === undefined) continue;
    const scopes = scopesByAudience.get(audience) ?? new Set();
    scopesByAudience.set(audience, scopes);
    for (const scope of askedScopes(name, api)) scopes.add(scope);
  }
  return [...scopesByAudience].map(([audience, scopes]) => ({ audience, scopes: [...scopes].sort() }));
}

function askedScopes(scheme: string, api: ApiDescription): readonly string[] {
  return api.operations
    .flatMap(({ security }) => security ?? [])
    .flat()
    .filter((requirement) => requirement.scheme === scheme)
    .flatMap(({ scopes }) => scopes);
}
