// What the package gives to code: the types of a configuration and of what guards and records speak of.
export { ProblemsError, type Position, type Problem } from "./openapi/located.ts";
export type { Configuration } from "./configuration/settings.ts";
export type { Principal } from "./core/principal.ts";
export { type ReasonCode, REASONS } from "./core/reasons/registry.ts";
