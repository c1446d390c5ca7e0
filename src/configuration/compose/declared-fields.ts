// Which request fields of an operation go on, or stay behind, otherwise than transport would have it.
import type { DeclaredFields } from "../../core/gate.ts";
import type { ApiDescription } from "../../openapi/api-description.ts";
import { isAlias, spelledWithHyphens } from "../../transport/request-field-rules.ts";
import type { SchemeSettings } from "../settings.ts";
import type { OperationPolicy } from "./operation-policy.ts";
import { fieldsOf } from "./scheme-kinds.ts";

/** Credentials that the API does not get, and how schemes are proven. */
export interface Credentials {
  /** Fields that go on nowhere: the gate has judged them. */
  readonly dropped: ReadonlySet<string>;
  /** Fields of all schemes: they go on only where they are asked for. */
  readonly carriers: ReadonlySet<string>;
  readonly settings: ReadonlyMap<string, SchemeSettings>;
}

/**
 * `api_key` is one: CGI, WSGI and PHP cannot tell it from `Api-Key`, so that this twin is kept back unless it is
 * declared too (G09). So is a credential that the operation does not ask for: nobody judges it, and an API that only decodes
 * tokens would believe it (J26). Undefined where there is nothing to say.
 */
export function declaredFields(
  { operation, alternatives, authenticationMode }: OperationPolicy,
  { schemes }: ApiDescription,
  { dropped, carriers, settings }: Credentials,
): DeclaredFields | undefined {
  const names = new Set<string>();
  const needed = new Set<string>();
  for (const parameter of operation.parameters) if (parameter.in === "header") names.add(parameter.name);
  for (const { scheme } of alternatives.flat()) {
    const kind = settings.get(scheme)?.kind;
    for (const field of fieldsOf(schemes.get(scheme), kind)) {
      names.add(field);
      if (kind === "checked-by-upstream") needed.add(field);
    }
  }
  const unusual = [...names].filter(isAlias);
  const unasked = [...carriers].filter((name) => !names.has(name));
  const withheld = [
    ...unusual.map(spelledWithHyphens).filter((twin) => !names.has(twin)),
    // Where the gate only looks on, the API is still the one that judges.
    ...(authenticationMode === "monitor" ? [] : [...dropped].filter((name) => !needed.has(name))),
    // Undeclared, `api_key` does not go on anyway.
    ...(authenticationMode === "monitor" ? [] : unasked.map(spelledWithHyphens).filter((name) => !names.has(name))),
  ];
  if (unusual.length + withheld.length === 0) return undefined;
  return { unusual: new Set(unusual), withheld: new Set(withheld) };
}
