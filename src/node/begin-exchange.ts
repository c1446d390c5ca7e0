// Begins the exchange of a request: settled by transport, or refused with what little of it may be recorded.
import { randomUUID } from "node:crypto";
import type { Clock } from "../core/clock.ts";
import { Exchange } from "../core/exchange.ts";
import type { Denial } from "../core/outcome.ts";
import { continueTrace } from "../http/trace-context.ts";
import type { IncomingHead, Settler } from "../transport/settle.ts";
import { type NodeRequest, rejectedHead } from "./incoming.ts";
import { noteTls } from "./tls-info.ts";

export interface BegunExchange {
  readonly exchange: Exchange;
  /** Why transport refused the request; undefined when it is settled. */
  readonly refusal: Denial | undefined;
}

export function beginExchange(
  request: NodeRequest,
  incoming: IncomingHead,
  settle: Settler,
  clock: Clock,
): BegunExchange {
  const settled = settle(incoming);
  const refusal = "kind" in settled ? settled : undefined;
  const head = "kind" in settled ? rejectedHead(incoming, settle) : settled;
  const exchange = new Exchange(randomUUID(), head, clock.nowMs(), clock.monotonicMs());
  // Of two nobody knows which is meant: none counts.
  exchange.trace = continueTrace(head.fields.count("traceparent") === 1 ? head.fields.get("traceparent") : undefined);
  noteTls(exchange, request);
  return { exchange, refusal };
}
