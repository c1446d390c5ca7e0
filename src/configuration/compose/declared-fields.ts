// Which request fields of an operation go on, or stay behind, otherwise than transport would have it.
import type { DeclaredFields } from "../../core/gate.ts";
import type { ApiDescription } from "../../openapi/api-description.ts";
import { isAlias, spelledWithHyphens } from "../../transport/request-field-rules.ts";
import type { SchemeSettings } from "../settings.ts";
import type { OperationPolicy } from "./operation-policy.ts";
import { carrierOf } from "./scheme-kinds.ts";

/** Credentials that the API does not get, and how schemes are proven. */
export interface Credentials {
  readonly dropped: ReadonlySet<string>;
  readonly settings: ReadonlyMap<string, SchemeSettings>;
}

/**
 * `api_key` is one: CGI, WSGI and PHP cannot tell it from `Api-Key`, so that this twin is kept back unless it is
 * declared too (G09). Undefined where there is nothing to say, which is the rule.
 */
export function declaredFields(
  { operation, alternatives, authenticationMode }: OperationPolicy,
  { schemes }: ApiDescription,
  { dropped, settings }: Credentials,
): DeclaredFields | undefined {
  const names = new Set<string>();
  const needed = new Set<string>();
  for (const parameter of operation.parameters) if (parameter.in === "header") names.add(parameter.name);
  for (const { scheme } of alternatives.flat()) {
    const declared = schemes.get(scheme);
    const carrier = declared === undefined ? undefined : carrierOf(declared);
    if (carrier?.in === "header") names.add(carrier.name.toLowerCase());
    if (settings.get(scheme)?.kind !== "checked-by-upstream") continue;
    if (carrier?.in === "header") needed.add(carrier.name.toLowerCase());
    else if (carrier?.in === "authorization") needed.add("authorization");
  }
  const unusual = [...names].filter(isAlias);
  const withheld = [
    ...unusual.map(spelledWithHyphens).filter((twin) => !names.has(twin)),
    // Where the gate only looks on, the API is still the one that judges.
    ...(authenticationMode === "monitor" ? [] : [...dropped].filter((name) => !needed.has(name))),
  ];
  if (unusual.length + withheld.length === 0) return undefined;
  return { unusual: new Set(unusual), withheld: new Set(withheld) };
}
