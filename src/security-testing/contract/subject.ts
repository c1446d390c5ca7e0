// What the contract's rules look at, and how they say what they found: at a place of the document, by a rule of the registry.
import type { OperationPolicy } from "../../configuration/compose/operation-policy.ts";
import type { Settings } from "../../configuration/settings.ts";
import type { ApiDescription } from "../../openapi/api-description.ts";
import type { Located } from "../../openapi/located.ts";
import type { Operation } from "../../openapi/operation.ts";
import type { Confidence, Finding, Severity } from "../finding.ts";
import { fingerprintOf } from "../fingerprint.ts";
import { ruleOf } from "../registry.ts";
import type { CONTRACT_RULES } from "../rules/contract.ts";

export interface Subject {
  readonly api: ApiDescription;
  readonly settings: Settings;
  readonly policies: ReadonlyMap<Operation, OperationPolicy>;
}

/** One case, in the words of its rule. */
export interface Case {
  readonly rule: keyof typeof CONTRACT_RULES;
  readonly at: Located;
  /** The member of `at` that it stands in. */
  readonly key?: string;
  readonly message: string;
  readonly operation?: Operation;
  readonly parameter?: string;
  /** Where the rule's own does not fit. */
  readonly severity?: Severity;
  readonly confidence?: Confidence;
  readonly remedy?: string;
  /** Tells it from other cases of the rule at the same operation and parameter. */
  readonly what?: string;
  /** It is the same flaw whoever uses it: the operation and parameter are only the first that do. */
  readonly isShared?: boolean;
}

export type ContractRule = (subject: Subject) => Iterable<Case>;

export function findingOf(found: Case, { api }: Subject): Finding {
  const { rule, at, key, message, operation, parameter, remedy } = found;
  const route =
    operation === undefined ? undefined : { method: operation.method, template: operation.documentTemplate };
  return {
    rule,
    severity: found.severity ?? ruleOf(rule).severity,
    confidence: found.confidence ?? "certain",
    message,
    ...(operation === undefined
      ? {}
      : { operation: { id: operation.id, method: operation.method, template: operation.template } }),
    ...(parameter === undefined ? {} : { parameter }),
    places: [api.set.position(at, key)],
    evidence: [],
    ...(remedy === undefined ? {} : { remedy }),
    fingerprint:
      found.isShared === true
        ? fingerprintOf(rule, undefined, undefined, found.what ?? "")
        : fingerprintOf(rule, route, parameter, found.what ?? ""),
    sources: ["portcullis"],
  };
}

export const WRITES: ReadonlySet<string> = new Set(["POST", "PUT", "PATCH", "DELETE"]);

export function nameOf({ method, template }: Operation): string {
  return `${method} ${template}`;
}

/** Every operation with what holds for it. */
export function policiesOf({ api, policies }: Subject): [Operation, OperationPolicy][] {
  return api.operations.flatMap((operation) => {
    const policy = policies.get(operation);
    return policy === undefined ? [] : [[operation, policy] as [Operation, OperationPolicy]];
  });
}
