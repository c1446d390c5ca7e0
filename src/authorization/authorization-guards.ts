// Guards of the authorization practice: the scopes of the operation, and the roles or permissions it asks for.
import type { Exchange } from "../core/exchange.ts";
import type { RequestGuard } from "../core/guard.ts";
import { CONTINUE, deny, type Denial } from "../core/outcome.ts";
import type { Principal } from "../core/principal.ts";
import type { SchemeRequirement, SecurityAlternatives } from "../core/security.ts";
import type { RoleTable } from "./roles.ts";

export interface AuthorizationOptions {
  /** The operation's `security`. */
  readonly alternatives: SecurityAlternatives;
  /** One of these roles is needed, also by inclusion. */
  readonly roles?: readonly string[] | undefined;
  /** All of these permissions are needed. */
  readonly permissions?: readonly string[] | undefined;
  readonly table: RoleTable;
  readonly mode: RequestGuard["mode"];
}

/**
 * Scopes limit the client, roles give the user permissions: both must hold, and a role never stands in for a scope.
 * Guards that could never deny are left out.
 */
export function authorizationGuards(options: AuthorizationOptions): RequestGuard[] {
  const guards: RequestGuard[] = [];
  const asksForScopes = options.alternatives.some((alternative) => alternative.some(({ scopes }) => scopes.length > 0));
  if (asksForScopes) guards.push(scopeGuard(options.mode));
  const roles = options.roles ?? [];
  const permissions = options.permissions ?? [];
  if (roles.length > 0 || permissions.length > 0) guards.push(roleGuard(options, roles, permissions));
  return guards;
}

/** Judges the alternative that authentication met: each of its schemes' credentials must carry that scheme's scopes. */
function scopeGuard(mode: RequestGuard["mode"]): RequestGuard {
  return {
    practice: "authorization",
    name: "authorization.scopes",
    mode,
    dependsOn: "authentication",
    check: (exchange) => {
      const { alternative } = exchange;
      // Nothing was met: authentication let it pass in monitor. Who is not known has no scopes.
      if (alternative === undefined) return insufficient([], "Bearer");
      for (const requirement of alternative) {
        if (requirement.scopes.length === 0) continue;
        const denial = judgeScopes(exchange, requirement);
        if (denial !== undefined) return denial;
      }
      return CONTINUE;
    },
  };
}

/** A credential's scopes count for the scheme that it was proven for, and for no other (J27). */
function judgeScopes({ credentials }: Exchange, { scheme, scopes }: SchemeRequirement): Denial | undefined {
  for (const { scheme: proven, principal } of credentials) {
    if (proven !== scheme) continue;
    // What only the API behind can judge has no scopes that are known here.
    if (principal.method === "upstream") return undefined;
    for (const scope of scopes) {
      if (!principal.scopes.has(scope)) return insufficient(scopes, howSent(principal));
    }
    return undefined;
  }
  return insufficient(scopes, "Bearer");
}

type HowSent = "Bearer" | "DPoP" | "ApiKey";

function howSent({ method }: Principal): HowSent {
  if (method === "api-key") return "ApiKey";
  return method === "dpop" ? "DPoP" : "Bearer";
}

/** RFC 6750 3.1: 403 with the scopes that would do. */
function insufficient(scopes: readonly string[], how: HowSent): Denial {
  const wanted = scopes.length === 0 ? "" : `, scope="${scopes.join(" ")}"`;
  return deny("authorization.scope-insufficient", {
    lines: ["WWW-Authenticate", `${how} error="insufficient_scope"${wanted}`],
  });
}

function roleGuard(
  { table, mode }: AuthorizationOptions,
  roles: readonly string[],
  permissions: readonly string[],
): RequestGuard {
  const judge = (principal: Principal): Denial | undefined => {
    if (roles.length > 0 && !roles.some((role) => table.holdsRole(principal.roles, role))) {
      return deny("authorization.role-missing");
    }
    const holds = (wanted: string): boolean =>
      principal.permissions.includes(wanted) || table.holdsPermission(principal.roles, wanted);
    if (!permissions.every(holds)) {
      return deny("authorization.permission-missing");
    }
    return undefined;
  };
  // Principals are shared by all requests of one token, and live as long as the cache keeps it.
  const verdicts = new WeakMap<Principal, Denial | typeof CONTINUE>();
  return {
    practice: "authorization",
    name: "authorization.roles",
    mode,
    dependsOn: "authentication",
    check: ({ principal }) => {
      let verdict = verdicts.get(principal);
      if (verdict === undefined) verdicts.set(principal, (verdict = judge(principal) ?? CONTINUE));
      return verdict;
    },
  };
}
