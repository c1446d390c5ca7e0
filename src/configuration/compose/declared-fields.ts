// Which request fields with unusual names an operation declares: they go on to the upstream, and nothing that reads like them.
import type { DeclaredFields } from "../../core/gate.ts";
import type { ApiDescription } from "../../openapi/api-description.ts";
import { isAlias, spelledWithHyphens } from "../../transport/request-field-rules.ts";
import type { OperationPolicy } from "./operation-policy.ts";

/**
 * `api_key` is one: CGI, WSGI and PHP cannot tell it from `Api-Key`, so that this twin is kept back unless it is
 * declared too (G09). Undefined where an operation declares no such name, which is the rule.
 */
export function declaredFields(
  { operation, alternatives }: OperationPolicy,
  { schemes }: ApiDescription,
): DeclaredFields | undefined {
  const names = new Set<string>();
  for (const parameter of operation.parameters) if (parameter.in === "header") names.add(parameter.name);
  for (const { scheme } of alternatives.flat()) {
    const declared = schemes.get(scheme);
    if (declared?.in === "header" && declared.parameterName !== undefined) {
      names.add(declared.parameterName.toLowerCase());
    }
  }
  const unusual = [...names].filter(isAlias);
  if (unusual.length === 0) return undefined;
  const twins = unusual.map(spelledWithHyphens).filter((twin) => !names.has(twin));
  return { unusual: new Set(unusual), twins: new Set(twins) };
}
