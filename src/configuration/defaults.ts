// Every default of the configuration and why it is that. `init` writes them out, `start` shows them.
import { BODY_BYTES_MAX_DEFAULT } from "../validation/limits.ts";

export const DEFAULTS = Object.freeze({
  /** Loopback: reaching further is a decision. */
  listen: { host: "127.0.0.1", port: 8443 },
  /** Loopback: health tells about the inside. */
  adminListen: { host: "127.0.0.1", port: 9901 },
  /** Two years and preload, as browsers' preload list asks for. */
  hsts: "max-age=63072000; includeSubDomains; preload",
  clientAddressField: "x-forwarded-for",
  /** A page that is open for long asks seldom, and a changed rule holds soon. Browsers take two hours at most. */
  corsMaxAgeMs: 600_000,

  /** A healthy upstream on a network accepts in milliseconds; five seconds cover one lost packet and its repetition. */
  upstreamConnectTimeoutMs: 5_000,
  /** What clients commonly wait before they give up. */
  upstreamAnswerTimeoutMs: 30_000,
  /** A stalled download; event streams are exempt. */
  upstreamIdleTimeoutMs: 60_000,
  /** Enough for 5,000 requests a second at 50 ms each. */
  upstreamConnectionsMax: 256,

  /** Of each user, or each address where there is no user: people stay far below, scrapers do not. */
  limit: { name: "subject", limit: 100, windowMs: 900_000, key: ["subject"], fallback: "address" },
  /** Of one address over all operations, counted first: an office behind one address fits, a flood does not. */
  addressCeiling: { limit: 1_000, windowMs: 60_000 },
  /** A client with a stale token fails a few times; guessing needs thousands. */
  failedAuthentication: { limit: 20, windowMs: 900_000 },
  /** IPv4 by single addresses, IPv6 by what one customer is given at least. */
  ipv4Prefix: 32,
  ipv6Prefix: 64,
  /** Noticed by who waits for each answer, hardly by who does not: that is what slows down. */
  delayMs: 500,
  /** Longer ones make clients give up and come again. */
  delayMaxMs: 5_000,
  /** Refused at once where nobody said how many may wait: a queue hides that there is too little. */
  concurrencyQueue: 0,
  concurrencyTimeoutMs: 1_000,

  /** A proof is made for one request, right before it; clients on phones come late. */
  proofMaxAgeMs: 60_000,
  /** Long enough for an API's own calls with it, short enough that a copied one is soon worth nothing. */
  callerTokenMs: 60_000,

  requests: "enforce",
  /** An answer that does not fit is the API's fault: noted first, so that turning the gate on breaks no client. */
  responses: "monitor",
  /** Documents often leave parameters out: noted first. */
  unknownParameters: "monitor",
  /** People write about code too: noted first, so that what an API's own texts look like is known before any is refused. */
  injection: "monitor",
  /** JSON of an API is kilobytes; uploads say so. */
  bodyBytesMax: BODY_BYTES_MAX_DEFAULT,
  /** What is kept of an answer to be checked: larger ones are noted, or denied where they must be checked. */
  responseBytesMax: 1_048_576,

  identityPath: "/identity",
  /** Loopback: only the gateway asks it. */
  identityListen: { host: "127.0.0.1", port: 9444 },
  /** Forms and tokens of one address: a family behind one address fits, guessing does not. */
  identityLimit: {
    name: "identity",
    limit: 60,
    windowMs: 60_000,
    key: ["address"] as readonly "address"[],
    fallback: undefined,
  },
  /** Of the administration: a person with a console, or a program that keeps clients in step. */
  administrationLimit: {
    name: "administration",
    limit: 300,
    windowMs: 60_000,
    key: ["subject"] as readonly "subject"[],
    fallback: "address" as const,
  },
  administrationBodyBytesMax: 65_536,
  identityDatabase: "identity.db",
  /** What a stolen token is good for at most; revocation reaches the gate sooner. */
  accessTokenLifetimeMs: 300_000,
  refreshTokenLifetimeMs: 14 * 86_400_000,
  sessionLifetimeMs: 14 * 86_400_000,

  /** Beside the configuration, as everything that it names. */
  spoolFolder: "audit-spool",
  sanctionsFile: "sanctions.json",
  /** A day at ten requests a second while nobody takes anything. */
  spoolBytesMax: 1_024 * 1_048_576,
  /** What happened is on record, or it does not happen. */
  spoolWhenFull: "block",
  spoolDurability: "fsync",
  checkpointFile: "audit-checkpoints.txt",
  /** What of the newest events nobody vouches for yet. */
  checkpointEveryMs: 60_000,
  checkpointRecords: 10_000,

  /** About a day of a busy API per file. */
  fileBytesMax: 100 * 1_048_576,
  filesMax: 10,

  /** Enough to see what is slow; tracing everything costs the collector more than the gate. */
  tracesRatio: 0.05,
  tracesPerSecondMax: 50,
} as const);
