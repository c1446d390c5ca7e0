// The rate-limiting practice: how often.
export type { Budget, Counter, CounterState } from "./counter.ts";
export { budgetKey, type LimitKey, type RateLimit } from "./limit.ts";
export { limitFields, limitFieldsGuard } from "./limit-fields-guard.ts";
export { memoryCounter, type MemoryCounterOptions } from "./memory-counter.ts";
export {
  addressCeilingGuard,
  type CeilingOptions,
  failedAuthenticationGuard,
  rateLimitGuard,
  type RateLimitGuardOptions,
} from "./rate-limit-guard.ts";
export { parseWindow } from "./window.ts";
