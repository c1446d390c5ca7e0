// Events as rules see them: the exchange that just ended, without copying it, and events that were stored.
import type { Exchange } from "../../core/exchange.ts";
import type { SystemEvent } from "../../core/record.ts";
import type { Classification } from "../classification.ts";
import { systemAction, systemOutcome } from "../system-event.ts";
import {
  type FieldName,
  FIELDS,
  type FieldValue,
  type LiveEvent,
  type Observation,
  type StoredEvent,
} from "./field.ts";

/** One for all exchanges: it is filled anew for each, and nothing keeps it. */
export class LiveObservation implements Observation {
  readonly #event: LiveEvent;

  constructor() {
    this.#event = { exchange: undefined as never, found: undefined as never, endedMs: 0 };
  }

  fill(exchange: Exchange, found: Classification, endedMs: number): this {
    this.#event.exchange = exchange;
    this.#event.found = found;
    this.#event.endedMs = endedMs;
    return this;
  }

  /** Events come as they end: one that took long would belong to a time that is over, and begin its count anew. */
  get timeMs(): number {
    const { exchange, endedMs } = this.#event;
    return exchange.startedAtMs + (endedMs - exchange.startedMonotonicMs);
  }

  get requestId(): string {
    return this.#event.exchange.id;
  }

  get session(): string | undefined {
    return this.#event.exchange.principal.session;
  }

  read(name: FieldName): FieldValue {
    return FIELDS[name].live(this.#event);
  }
}

/** An event of the product itself, as it is recorded. */
export function systemObservation({ action, data }: SystemEvent, timeMs: number): Observation {
  const event = {
    event: { code: action, action: systemAction(action), outcome: systemOutcome(action) },
    portcullis: { data },
  };
  return { timeMs, requestId: "", read: (name) => FIELDS[name].stored(event) };
}

/** Others, alerts and lines of an application's own log, are seen by no rule as they come: nor afterwards. */
const WATCHED: ReadonlySet<string> = new Set(["portcullis.audit", "portcullis.system"]);

/** Undefined where it is no event of ours, or has no time. */
export function storedObservation(event: StoredEvent): Observation | "unwatched" | undefined {
  const beganMs = Date.parse(String(event["@timestamp"]));
  const { http } = event as { http?: { request?: { id?: unknown } } };
  const { dataset, duration } = (event["event"] ?? {}) as { dataset?: unknown; duration?: unknown };
  const timeMs = typeof duration === "number" && duration > 0 ? beganMs + duration / 1e6 : beganMs;
  if (Number.isNaN(timeMs) || typeof dataset !== "string" || !dataset.startsWith("portcullis.")) return undefined;
  if (!WATCHED.has(dataset)) return "unwatched";
  return {
    timeMs,
    requestId: typeof http?.request?.id === "string" ? http.request.id : "",
    read: (name) => FIELDS[name].stored(event),
  };
}
