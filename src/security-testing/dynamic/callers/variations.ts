// The rows of the matrix for one operation: rights that differ from what it asks for by one thing, and what the policy says of each.
import type { OperationPolicy } from "../../../configuration/compose/operation-policy.ts";
import type { SecurityAlternative } from "../../../core/security.ts";
import type { Rights } from "../callers.ts";
import type { Entitlement } from "./entitlement.ts";

export interface Variation {
  /** As reports say it: `a customer`, `someone without the scope orders:write`. */
  readonly name: string;
  /** What is lacking: rows of one kind are one flaw. */
  readonly kind: string;
  readonly rights: Rights;
  readonly mayPass: boolean;
}

/** Each row once. The one with all that is needed is not among them. */
export function variationsOf(policy: OperationPolicy, way: SecurityAlternative, entitlement: Entitlement): Variation[] {
  const needed = entitlement.usual(policy, way);
  const rows: Variation[] = [];
  const seen = new Set([rightsKey(needed)]);
  const add = (name: string, kind: string, rights: Rights): void => {
    const key = rightsKey(rights);
    if (seen.has(key)) return;
    seen.add(key);
    rows.push({ name, kind, rights, mayPass: entitlement.permits(policy, way, rights) });
  };
  for (const scope of needed.scopes) {
    const others = needed.scopes.filter((one) => one !== scope);
    add(`someone without the scope ${scope}`, `scope ${scope}`, { ...needed, scopes: others });
    // J29: by substring, in another case, joined with another.
    add(`someone with scopes that look like ${scope}`, `scope ${scope}`, {
      ...needed,
      scopes: [...others, `${scope}x`, `x${scope}`, scope.slice(0, -1), swapped(scope), `${scope},x`].filter(Boolean),
    });
  }
  const hasRoles = way.some(({ scheme }) => entitlement.carriesRoles(scheme));
  const asks = (policy.roles ?? []).length > 0 || (policy.permissions ?? []).length > 0;
  if (hasRoles) {
    for (const role of entitlement.table.names)
      add(`someone with the role ${role}`, "role", { ...needed, roles: [role], permissions: [] });
  }
  add("someone without any role", "role", { ...needed, roles: [], permissions: [] });
  if (!asks) return rows;
  if (hasRoles) {
    const lookalikes = (policy.roles ?? []).flatMap((role) => [`${role}x`, swapped(role)]);
    add("someone with roles that nobody defines", "role", {
      ...needed,
      roles: [...lookalikes, "admin", "root"].filter((name) => entitlement.table.get(name) === undefined),
      permissions: [],
    });
  }
  for (const permission of needed.permissions) {
    add(`someone without the permission ${permission}`, `permission ${permission}`, {
      ...needed,
      permissions: needed.permissions.filter((one) => one !== permission),
    });
  }
  return rows;
}

/** The same rights have the same key. */
export function rightsKey({ scopes, roles, permissions }: Rights): string {
  return JSON.stringify([scopes.toSorted(), roles.toSorted(), permissions.toSorted()]);
}

function swapped(text: string): string {
  const upper = text.toUpperCase();
  return upper === text ? text.toLowerCase() : upper;
}
