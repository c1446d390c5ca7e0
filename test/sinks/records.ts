// Spooled records for tests of destinations: events as the recorder makes them, with positions.
import { answeredExchange } from "../monitoring/exchanges.ts";
import { record } from "../monitoring/record.ts";
import type { SpooledRecord } from "../../src/monitoring/index.ts";

const T0_MS = Date.parse("2026-11-26T10:00:00.123Z");

/** As many records as asked for; `change` may alter the event of each. */
export function records(count: number, change?: (event: Record<string, unknown>, i: number) => void): SpooledRecord[] {
  const template = JSON.stringify(record(answeredExchange()).event);
  return Array.from({ length: count }, (_, i) => {
    const event = JSON.parse(template) as Record<string, Record<string, unknown>>;
    const id = `spooled-${i + 1}`;
    event["event"] = { ...event["event"], id };
    change?.(event, i);
    return { id, position: i + 1, timeMs: T0_MS + i, json: Buffer.from(JSON.stringify(event)) };
  });
}

/** A record whose event is this text. */
export function recordOf(text: string, id = "odd-1"): SpooledRecord {
  return { id, position: 1, timeMs: T0_MS, json: Buffer.from(text) };
}

export const ids = (list: readonly { readonly id: string }[]): string[] => list.map(({ id }) => id);
