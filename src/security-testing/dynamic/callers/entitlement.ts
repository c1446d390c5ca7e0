// Who may use an operation, by the policy as it was compiled: the same question that the guards answer, asked of rights.
import { compileRoles, type RoleTable } from "../../../authorization/index.ts";
import type { OperationPolicy } from "../../../configuration/compose/operation-policy.ts";
import type { SchemeSettings, Settings } from "../../../configuration/settings.ts";
import type { SecurityAlternative } from "../../../core/security.ts";
import { TOKEN_PROFILES } from "../../../authentication/index.ts";
import type { Rights } from "../callers.ts";

export const NO_RIGHTS: Rights = { scopes: [], roles: [], permissions: [] };

export class Entitlement {
  readonly #settings: Settings;
  readonly table: RoleTable;

  constructor(settings: Settings) {
    this.#settings = settings;
    this.table = compileRoles(settings.authorization.roles);
  }

  /** How a scheme is proven; `*` stands for every token scheme without an entry. */
  schemeOf(name: string): SchemeSettings | undefined {
    const { schemes } = this.#settings.authentication;
    return schemes.get(name) ?? schemes.get("*");
  }

  /** The first way in whose credentials a test can make; undefined where only the API can judge them, and for what is public. */
  wayIn({ alternatives }: OperationPolicy): SecurityAlternative | undefined {
    return alternatives.find(
      (alternative) =>
        alternative.length > 0 &&
        alternative.every(({ scheme }) => {
          const kind = this.schemeOf(scheme)?.kind;
          return kind === "jwt" || kind === "api-keys";
        }),
    );
  }

  /** Nobody is asked who they are. */
  isPublic({ alternatives }: OperationPolicy): boolean {
    return alternatives.length === 0 || alternatives.some((alternative) => alternative.length === 0);
  }

  /** The least that does. */
  needed(policy: OperationPolicy, way: SecurityAlternative): Rights {
    const scopes = [...new Set(way.flatMap((requirement) => requirement.scopes))];
    const [role] = policy.roles ?? [];
    const roles = role === undefined ? [] : [role];
    const permissions: string[] = [];
    for (const wanted of policy.permissions ?? []) {
      if (this.table.holdsPermission(roles, wanted)) continue;
      const giving = this.#least(this.table.names.filter((name) => this.table.holdsPermission([name], wanted)));
      if (giving === undefined) permissions.push(wanted);
      else roles.push(giving);
    }
    return { scopes, roles, permissions };
  }

  /** What is needed, and an ordinary role where none is: the API itself may ask for one. */
  usual(policy: OperationPolicy, way: SecurityAlternative): Rights {
    const needed = this.needed(policy, way);
    const { ordinaryRole } = this;
    return needed.roles.length > 0 || ordinaryRole === undefined ? needed : { ...needed, roles: [ordinaryRole] };
  }

  /** Whether someone with these rights, who came in this way, may use the operation. */
  permits(policy: OperationPolicy, way: SecurityAlternative, rights: Rights): boolean {
    const carried = new Set(way.map(({ scheme }) => scheme));
    // Any alternative that these credentials meet will do.
    const hasScopes = policy.alternatives.some((alternative) =>
      alternative.every(
        ({ scheme, scopes }) => carried.has(scheme) && scopes.every((scope) => rights.scopes.includes(scope)),
      ),
    );
    const { roles = [], permissions = [] } = policy;
    const hasRole = roles.length === 0 || roles.some((role) => this.table.holdsRole(rights.roles, role));
    // Keys carry no permissions of their own: roles give them.
    const asserted = way.some(({ scheme }) => this.carriesPermissions(scheme)) ? rights.permissions : [];
    const holds = (wanted: string) => asserted.includes(wanted) || this.table.holdsPermission(rights.roles, wanted);
    return hasScopes && hasRole && permissions.every(holds);
  }

  /** Whether credentials of this scheme name roles. */
  carriesRoles(scheme: string): boolean {
    const entry = this.schemeOf(scheme);
    if (entry?.kind === "api-keys") return true;
    return (
      entry?.kind === "jwt" && (entry.roles !== undefined || TOKEN_PROFILES[entry.preset ?? "rfc9068"].roles.length > 0)
    );
  }

  carriesPermissions(scheme: string): boolean {
    const entry = this.schemeOf(scheme);
    if (entry?.kind !== "jwt") return false;
    return entry.permissions !== undefined || TOKEN_PROFILES[entry.preset ?? "rfc9068"].permissions.length > 0;
  }

  /** Of someone ordinary: the role that amounts to least. Undefined where there are no roles. */
  get ordinaryRole(): string | undefined {
    return this.#least(this.table.names);
  }

  #least(names: readonly string[]): string | undefined {
    const size = (name: string) => {
      const role = this.table.get(name);
      return (role?.roles.size ?? 0) + (role?.permissions.size ?? 0);
    };
    return names.toSorted((a, b) => size(a) - size(b))[0];
  }
}
