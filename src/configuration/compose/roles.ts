// Roles and permissions that operations ask for, judged against those that the settings declare.
import { TOKEN_PROFILES } from "../../authentication/index.ts";
import { compileRoles, type RoleTable } from "../../authorization/index.ts";
import { suggestion } from "../did-you-mean.ts";
import type { SchemeSettings } from "../settings.ts";
import type { Judgement } from "./judgement.ts";
import type { OperationPolicy } from "./operation-policy.ts";

/** The table of roles; an empty one, with the mistake noted, where it is broken. */
export function bindRoles(judgement: Judgement): RoleTable {
  const { roles } = judgement.settings.authorization;
  const place = { settings: ["authorization", "roles"] };
  return judgement.attempt(place, () => compileRoles(roles)) ?? compileRoles({});
}

/** Mistakes of one operation's authorization that would lock everybody out, or let somebody in. */
export function judgeAuthorization(
  policy: OperationPolicy,
  schemes: ReadonlyMap<string, SchemeSettings>,
  judgement: Judgement,
): void {
  judgeModes(policy, judgement);
  const { operation, roles, permissions, authorizationAt } = policy;
  if (authorizationAt === undefined) return;
  const place = { settings: [...authorizationAt, "authorization"] };
  if (policy.alternatives.length === 0) {
    const remedy = "Give the operation a `security` in the document, or ask for no role.";
    judgement.error(
      "role-on-public",
      place,
      `${operation.id} is public in the document: nobody is known there who could have a role`,
      remedy,
    );
    return;
  }
  const declared = judgement.settings.authorization.roles;
  for (const role of roles ?? []) {
    if (Object.hasOwn(declared, role)) continue;
    const remedy = suggestion(role, Object.keys(declared)) ?? "Declare it under authorization.roles.";
    judgement.error(
      "role-unknown",
      { settings: [...authorizationAt, "authorization", "roles"] },
      `${operation.id} asks for the role "${role}", which authorization.roles does not declare`,
      remedy,
    );
  }
  const entries = policy.alternatives.flat().map(({ scheme }) => schemes.get(scheme));
  const isSaidByTokens = entries.some(assertsPermissions);
  const granted = Object.values(declared).flatMap((role) => role.permissions ?? []);
  for (const permission of permissions ?? []) {
    if (isSaidByTokens || granted.includes(permission)) continue;
    const remedy = suggestion(permission, granted) ?? "Give it to a role under authorization.roles.";
    judgement.error(
      "permission-unknown",
      { settings: [...authorizationAt, "authorization", "permissions"] },
      `${operation.id} asks for the permission "${permission}", which no role has`,
      remedy,
    );
  }
  const asserted = entries.some(assertsRoles) || (roles === undefined && isSaidByTokens);
  if (!asserted && !judgement.settings.observe) {
    judgement.warn(
      "roles-unasserted",
      place,
      `no scheme of ${operation.id} is configured to carry roles: everybody will be refused`,
      "Say where the tokens carry them: `claims: { roles: [realm_access, roles] }`, or `preset: keycloak`. See docs/issuers.md.",
    );
  }
}

function judgeModes(policy: OperationPolicy, judgement: Judgement): void {
  const { authenticationMode, authorizationMode, authorizationModeAt, operation } = policy;
  if (authenticationMode !== "monitor" || authorizationMode !== "enforce" || policy.alternatives.length === 0) return;
  judgement.error(
    "authorization-over-monitored",
    { settings: authorizationModeAt ?? ["authentication", "mode"] },
    `${operation.id}: authorization is enforced while authentication is only monitored, so everybody unknown is refused after all`,
    "Set both to monitor, or both to enforce.",
  );
}

function assertsRoles(entry: SchemeSettings | undefined): boolean {
  if (entry?.kind === "api-keys") return true;
  return entry?.kind === "jwt" && (entry.roles !== undefined || presetOf(entry).roles.length > 0);
}

/** Whether tokens say permissions themselves, so that no role needs to give them. */
function assertsPermissions(entry: SchemeSettings | undefined): boolean {
  return entry?.kind === "jwt" && (entry.permissions !== undefined || presetOf(entry).permissions.length > 0);
}

function presetOf({ preset }: Extract<SchemeSettings, { kind: "jwt" }>) {
  return TOKEN_PROFILES[preset ?? "rfc9068"];
}
