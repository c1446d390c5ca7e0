// A spooled exchange whose trace is sampled, with everything that a record can have.
import { GuardTiming } from "../../src/core/timing.ts";
import type { SpooledRecord } from "../../src/monitoring/index.ts";
import { fullExchange } from "../monitoring/exchanges.ts";
import { record } from "../monitoring/record.ts";
import { recordOf } from "./records.ts";

/** An exchange with everything, sampled, as it is spooled. */
export function sampled(id = "sampled-1"): SpooledRecord {
  const exchange = fullExchange();
  let now = 1_000;
  exchange.timing = new GuardTiming({ nowMs: () => now, monotonicMs: () => now });
  for (const [guard, durationMs] of [
    ["rate-limiting.address-ceiling", 0.02],
    ["authentication.oauth", 0.3],
  ] as const) {
    const startedMs = exchange.timing.now();
    now += durationMs;
    exchange.timing.ended(guard, startedMs);
  }
  const { event } = record(exchange, { service: "Orders" });
  Object.assign(event.event, { id });
  return { ...recordOf(JSON.stringify(event), id), timeMs: Date.parse(event["@timestamp"]) };
}
