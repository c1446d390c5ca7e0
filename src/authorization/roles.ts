// Roles with what they include and permit, worked out once: cycles and unknown names stop the start.
import { type Problem, ProblemsError } from "../openapi/located.ts";

export interface RoleDefinition {
  /** Roles that this one contains. */
  readonly includes?: readonly string[];
  /** What the role may do. */
  readonly permissions?: readonly string[];
}

/** What a role amounts to: itself and all it includes, with all their permissions. */
export interface EffectiveRole {
  readonly roles: ReadonlySet<string>;
  readonly permissions: ReadonlySet<string>;
}

/** Effective roles by name. A role that a token names and nobody defined gives nothing but its own name. */
export class RoleTable {
  readonly #effective: ReadonlyMap<string, EffectiveRole>;

  constructor(effective: ReadonlyMap<string, EffectiveRole>) {
    this.#effective = effective;
  }

  get names(): readonly string[] {
    return [...this.#effective.keys()];
  }

  get(role: string): EffectiveRole | undefined {
    return this.#effective.get(role);
  }

  /** Whether one of the asserted roles is, or includes, the wanted one. */
  holdsRole(asserted: readonly string[], wanted: string): boolean {
    return asserted.some((role) => role === wanted || this.#effective.get(role)?.roles.has(wanted) === true);
  }

  holdsPermission(asserted: readonly string[], wanted: string): boolean {
    return asserted.some((role) => this.#effective.get(role)?.permissions.has(wanted) === true);
  }
}

/** Throws a ProblemsError that names every unknown role and every cycle. Positions are added by who knows them. */
export function compileRoles(definitions: Readonly<Record<string, RoleDefinition>>): RoleTable {
  const defined = new Map(Object.entries(definitions));
  const problems: Problem[] = [];
  const effective = new Map<string, EffectiveRole>();
  for (const name of defined.keys()) resolve(name, [], defined, effective, problems);
  if (problems.length > 0) throw new ProblemsError(problems);
  return new RoleTable(effective);
}

function resolve(
  name: string,
  above: readonly string[],
  defined: ReadonlyMap<string, RoleDefinition>,
  effective: Map<string, EffectiveRole>,
  problems: Problem[],
): EffectiveRole {
  const known = effective.get(name);
  if (known !== undefined) return known;
  const roles = new Set([name]);
  const definition = defined.get(name);
  const permissions = new Set(definition?.permissions);
  for (const included of definition?.includes ?? []) {
    if (included === name || above.includes(included)) {
      const cycle = [...above.slice(above.indexOf(included)), name, included].join(" includes ");
      problems.push(
        problem("authorization.role-cycle", `roles include each other: ${cycle}`, `Remove one of the includes.`),
      );
      continue;
    }
    if (!defined.has(included)) {
      const message = `role ${name} includes ${included}, which is not defined`;
      problems.push(problem("authorization.role-unknown", message, `Define ${included} under authorization.roles.`));
      continue;
    }
    const inner = resolve(included, [...above, name], defined, effective, problems);
    for (const role of inner.roles) roles.add(role);
    for (const permission of inner.permissions) permissions.add(permission);
  }
  const whole = { roles, permissions };
  effective.set(name, whole);
  return whole;
}

function problem(rule: string, message: string, remedy: string): Problem {
  return { severity: "error", rule, message, remedy, position: undefined };
}
