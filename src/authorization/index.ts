// The authorization practice: may they.
export { type AuthorizationOptions, authorizationGuards } from "./authorization-guards.ts";
export { compileRoles, type EffectiveRole, type RoleDefinition, RoleTable } from "./roles.ts";
