// Operations of people whose work is with what others own: that they reach it is no flaw.
import type { ProbeContext } from "../probe.ts";
import type { Subject } from "../subject.ts";

const STAFF = /admin|support|staff|operator|manage|internal|backoffice|moderat/i;
const STAFF_PATH = /\/(?:admin|internal|backoffice)(?:\/|$)/i;

/** `/orders` of `/orders/{orderId}/invoice`. */
export function collectionOf(template: string): string {
  const at = template.indexOf("{");
  return (at < 0 ? template : template.slice(0, at)).replace(/\/$/, "");
}

/** Who needs a role or permission that making such an object does not need, or such a scope, may act on what is another's. */
export function isForStaff({ subjects }: ProbeContext, { operation, policy }: Subject): boolean {
  const scopes = policy.alternatives.flatMap((schemes) => schemes.flatMap(({ scopes }) => scopes));
  if (scopes.some((scope) => STAFF.test(scope)) || STAFF_PATH.test(operation.template)) return true;
  const { roles = [], permissions = [] } = policy;
  if (roles.length === 0 && permissions.length === 0) return false;
  const collection = collectionOf(operation.template);
  const maker = subjects.find(({ operation }) => operation.method === "POST" && operation.template === collection);
  const isSame = (own: readonly string[], makers: readonly string[] = []) => own.every((name) => makers.includes(name));
  return maker === undefined || !isSame(roles, maker.policy.roles) || !isSame(permissions, maker.policy.permissions);
}
