// What a contender's process is told by the benchmark, and what all of them have in common.
import type { UpstreamOptions } from "../../src/gateway/upstream.ts";

export interface Setting {
  /** The API behind, and how the pool to it is set: alike for all. */
  readonly upstream: UpstreamOptions;
  readonly openapi: string;
  readonly issuer: string;
  readonly audience: string;
  /** The issuer's key as a key set, and as PEM for those who cannot read one. */
  readonly jwksFile: string;
  readonly publicKeyFile: string;
  readonly auditFile: string;
  readonly variant?: GatewayVariant;
}

/** What is varied of the gateway. */
export interface GatewayVariant {
  /** What becomes of answers; `monitor` when left out. */
  readonly responses?: "strip";
  /** Whether the file is fed from a spool, with chain and checkpoints. */
  readonly spool?: true;
  /** Whether detections look at each event; they do when left out. */
  readonly detections?: "off";
  /** How many operations its document has; the two that are asked when left out. */
  readonly operations?: number;
  /** How many callers and networks its limits have counted before it is ready. */
  readonly countedBefore?: { readonly networks: number; readonly subjects: number };
}

/** Networks of clients in which the load generator and the preparation count: 65,536 to a block. */
export const NETWORKS_PER_BLOCK = 65_536;

/** Connections that the load generator keeps open, and that each contender may keep to the upstream. */
export const CONNECTIONS = 32;

/** As the gateway's own defaults; the floor gets the same. */
export const UPSTREAM_OPTIONS: Omit<UpstreamOptions, "origin"> = {
  connectTimeoutMs: 5_000,
  answerTimeoutMs: 30_000,
  idleTimeoutMs: 60_000,
  connectionsMax: CONNECTIONS,
};
