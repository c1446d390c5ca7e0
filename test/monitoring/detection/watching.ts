// A recorder with the rules that come along, and exchanges to feed it with: who, what, when.
import type { Clock } from "../../../src/core/clock.ts";
import type { Exchange } from "../../../src/core/exchange.ts";
import { deny } from "../../../src/core/outcome.ts";
import type { ReasonCode } from "../../../src/core/reasons/registry.ts";
import { REASONS } from "../../../src/core/reasons/registry.ts";
import { shippedDetections } from "../../../src/configuration/resolve/detections.ts";
import { type AuditRecorder, createRecorder, Detector, type WatchedRule } from "../../../src/monitoring/index.ts";
import { ALICE, answeredExchange, exchangeOf, MemorySink } from "../exchanges.ts";

export interface Alert {
  readonly "@timestamp": string;
  readonly message: string;
  readonly log: { readonly level: string };
  readonly event: { readonly code: string; readonly kind: string; readonly severity: number };
  readonly client?: { readonly ip?: string; readonly address?: string };
  readonly user?: { readonly id: string };
  readonly threat?: { readonly technique: { readonly id: readonly string[] } };
  readonly portcullis: {
    readonly detection: { readonly mode: string; readonly measured: number; readonly requests: readonly string[] };
  };
}

export interface Watching {
  readonly recorder: AuditRecorder;
  readonly detector: Detector;
  readonly sink: MemorySink;
  readonly alerts: () => Alert[];
}

export async function watching(change: (watched: WatchedRule) => WatchedRule = (one) => one): Promise<Watching> {
  const watched = (await shippedDetections()).map(change);
  const detector = new Detector({ watched, text: "test" });
  const sink = new MemorySink();
  const clock: Clock = { nowMs: () => Date.UTC(2026, 10, 26), monotonicMs: () => 0 };
  const recorder = createRecorder({ sinks: [sink], clock, detector, hashKey: "0123456789abcdef" });
  return {
    recorder,
    detector,
    sink,
    alerts: () =>
      sink.lines.filter((line) => line.includes('"portcullis.detection"')).map((line) => JSON.parse(line) as Alert),
  };
}

export interface Asked {
  readonly atMs: number;
  /** How long ago it began, then. */
  readonly tookMs?: number;
  readonly address?: string;
  readonly subject?: string;
  readonly token?: string;
  readonly reason?: ReasonCode;
  readonly path?: string;
  readonly status?: number;
  readonly agent?: string;
  readonly operation?: string | null;
  readonly bytes?: number;
}

let count = 0;

/** An exchange that ended, of somebody at some time. */
export function asked(one: Asked): Exchange {
  count += 1;
  const head = { clientAddress: one.address ?? "192.0.2.1", path: one.path ?? "/orders/7" };
  const lines = one.agent === undefined ? [] : ["User-Agent", one.agent];
  const made = one.operation === null ? exchangeOf(head, lines) : answeredExchange(head, lines);
  const exchange = Object.assign(Object.create(Object.getPrototypeOf(made) as object) as Exchange, made, {
    id: `req-${count}`,
    startedAtMs: one.atMs - (one.tookMs ?? 0),
    endedMs: made.startedMonotonicMs + (one.tookMs ?? 0),
  });
  if (typeof one.operation === "string") {
    exchange.operation = { id: one.operation, method: "GET", template: `/${one.operation}`, tags: [] };
  }
  if (one.subject !== undefined) {
    exchange.principal = { ...ALICE, subject: one.subject, tokenId: one.token ?? `${one.subject}-token` };
  }
  exchange.answerStatus = one.status ?? 200;
  exchange.answerBytes = one.bytes ?? 100;
  if (one.reason !== undefined) {
    exchange.denial = deny(one.reason);
    exchange.answerStatus = REASONS[one.reason].status;
  }
  return exchange;
}
