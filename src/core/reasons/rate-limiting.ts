// Reasons of the rate-limiting practice: too often, too much at once.
import type { Reason } from "./reason.ts";

export const RATE_LIMITING_REASONS = {
  "rate-limiting.limit-exceeded": {
    status: 429,
    title: "Too many requests, please try again later.",
    remedy:
      "The named limit is used up until Retry-After. Limits stand under rateLimiting and operations.<operation>.rateLimiting.",
  },
  "rate-limiting.address-ceiling-exceeded": {
    status: 429,
    title: "Too many requests, please try again later.",
    remedy:
      "All requests of one address together passed the ceiling. Behind a proxy, set transport.trustedProxies so that clients are told apart.",
  },
  "rate-limiting.failed-authentication-exceeded": {
    status: 429,
    title: "Too many failed attempts, please try again later.",
    remedy: "This address failed to authenticate too often. Look for a client with a stale token, or for guessing.",
  },
  "rate-limiting.counter-unavailable": {
    status: 503,
    title: "Requests cannot be counted at the moment. Please try again.",
    remedy: "The store behind the rate limits is away.",
  },
} as const satisfies Record<`rate-limiting.${string}`, Reason>;
