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
  "rate-limiting.banned": {
    status: 429,
    title: "Too many requests, please try again later.",
    remedy:
      "A detection rule, or somebody by hand, holds this address or caller back for a time. `portcullis detect sanctions` lists why and until when, `portcullis detect lift` ends it.",
  },
  "rate-limiting.tightened": {
    status: 429,
    title: "Too many requests, please try again later.",
    remedy:
      "A detection rule gave this address or caller a tighter limit for a time. `portcullis detect sanctions` lists it, `portcullis detect lift` ends it.",
  },
  "rate-limiting.delayed-too-many": {
    status: 429,
    title: "Too many requests, please try again later.",
    remedy:
      "Beyond `delayAfter` requests wait, and too many waited at once: 50 of one key, or 1000 of all. A client that sends one after another is only slowed down.",
  },
  "rate-limiting.concurrency-exceeded": {
    status: 429,
    title: "Too many requests at once, please wait for an answer first.",
    remedy:
      "This caller has as many requests under way as `concurrency` allows, and its queue is full or took too long.",
  },
  "rate-limiting.capacity-exceeded": {
    status: 503,
    title: "The service is busy at the moment. Please try again.",
    remedy:
      "All places of a `concurrency` limit without a key are taken, and its queue is full or took too long. Give each caller a limit of its own beside it, so that one alone cannot fill it.",
  },
  "rate-limiting.counter-unavailable": {
    status: 503,
    title: "Requests cannot be counted at the moment. Please try again.",
    remedy: "The store behind the rate limits is away, or took longer than a second.",
  },
} as const satisfies Record<`rate-limiting.${string}`, Reason>;
