// Contract rules about who may: what is public, what is optional, and what administration asks for.
import type { OperationPolicy } from "../../configuration/compose/operation-policy.ts";
import type { Operation } from "../../openapi/operation.ts";
import { type Case, nameOf, policiesOf, type Subject, WRITES } from "./subject.ts";

export function* accessCases(subject: Subject): Generator<Case> {
  for (const [operation, policy] of policiesOf(subject)) {
    const { alternatives } = policy;
    const isWrite = WRITES.has(operation.method);
    const at = operation.at;
    const name = nameOf(operation);
    if (alternatives.every((schemes) => schemes.length === 0)) {
      if (operation.security === undefined) {
        yield { rule: "contract.security-missing", at, operation, message: `${name} asks for no credentials` };
      } else if (isWrite) {
        yield { rule: "contract.write-public", at, key: "security", operation, message: `${name} is open to anybody` };
      } else {
        yield { rule: "contract.read-public", at, key: "security", operation, message: `${name} is open to anybody` };
      }
      continue;
    }
    if (operation.security === undefined) {
      const message = `${name} asks for credentials by the configuration only`;
      yield { rule: "contract.security-unsaid", at, operation, message };
    }
    if (alternatives.some((schemes) => schemes.length === 0)) {
      const message = `${name} takes credentials and goes without`;
      yield { rule: "contract.authentication-optional", at, key: "security", operation, message };
    }
  }
  yield* administrationCases(subject);
}

const ADMINISTRATION = /(?:^|[/_.-])(?:admin|administration|administrator|backoffice|internal|management)(?:$|[/_.-])/i;

function* administrationCases(subject: Subject): Generator<Case> {
  const all = policiesOf(subject).filter(([, { alternatives }]) => alternatives.length > 0);
  const isAdministration = ({ template }: Operation) => ADMINISTRATION.test(template.replaceAll(/\{[^{}]*\}/g, "{}"));
  const ordinary = new Map<string, Operation>();
  for (const [operation, policy] of all) if (!isAdministration(operation)) ordinary.set(demands(policy), operation);
  for (const [operation, policy] of all) {
    if (!isAdministration(operation)) continue;
    const alike = ordinary.get(demands(policy));
    const isBare = policy.roles === undefined && policy.permissions === undefined && hasNoScopes(policy);
    if (alike === undefined && !isBare) continue;
    const than = alike === undefined ? "any caller who is known may use it" : `as ${nameOf(alike)} does`;
    const message = `${nameOf(operation)} asks for nothing of its own: ${than}`;
    yield { rule: "contract.administration-undemanding", at: operation.at, operation, message, confidence: "firm" };
  }
}

function hasNoScopes({ alternatives }: OperationPolicy): boolean {
  return alternatives.some((schemes) => schemes.every(({ scopes }) => scopes.length === 0));
}

function demands({ alternatives, roles, permissions }: OperationPolicy): string {
  return JSON.stringify([alternatives, roles, permissions]);
}
