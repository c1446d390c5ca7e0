// The rate-limiting practice: how often, and how many at once.
export {
  addressCeilingGuard,
  type CeilingOptions,
  failedAnswersGuards,
  failedAuthenticationGuard,
} from "./address-guards.ts";
export { type ConcurrencyGuardOptions, concurrencyGuard, type ConcurrencyLimit } from "./concurrency-guard.ts";
export type { Budget, BudgetCounter, Counter, CounterKey, CounterState } from "./counter.ts";
export { LaneStore } from "./lanes.ts";
export { limitFields, limitFieldsGuard } from "./limit-fields-guard.ts";
export { KEY_PARTS, type KeyPart, type LimitKey } from "./limit-key.ts";
export type { RateLimit, Slowdown } from "./limit.ts";
export { memoryCounter, type MemoryCounterOptions, WINDOW_MS_MAX } from "./memory-counter.ts";
export { rateLimitGuard, type RateLimitGuardOptions } from "./rate-limit-guard.ts";
export { addressSanctionsGuard, callerSanctionsGuard, type SanctionGuardOptions } from "./sanction-guards.ts";
export { callerKey, type Sanction, type SanctionMeasure, Sanctions, SANCTIONS_MAX } from "./sanctions.ts";
export { parseWindow } from "./window.ts";
