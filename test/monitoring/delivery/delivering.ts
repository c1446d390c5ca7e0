// A spool with destinations for tests: events with numbers, quick retries, and the counts of each destination held against each other.
import { systemClock } from "../../../src/core/clock.ts";
import type { SystemEvent } from "../../../src/core/record.ts";
import {
  openSpooledDelivery,
  type SpooledDelivery,
  type SpooledDeliveryOptions,
} from "../../../src/monitoring/delivery/spooled-delivery.ts";
import type { Level } from "../../../src/monitoring/index.ts";
import type { SpoolFiles } from "../../../src/monitoring/spool/files.ts";
import { Ulids } from "../../../src/monitoring/ulid.ts";

export interface Delivering {
  readonly delivery: SpooledDelivery;
  /** What the spool and the runners said. */
  readonly said: SystemEvent[];
  /** Adds an event that says `n`; false where there was no room. */
  readonly add: (n: number, level?: Level) => boolean;
}

/** Quick in everything, and heard by nobody yet: for a recorder that records what it says. */
export function unheard(files: SpoolFiles, options: Partial<SpooledDeliveryOptions> = {}): Promise<SpooledDelivery> {
  const { runner, ...others } = options;
  return openSpooledDelivery({
    files,
    bytesMax: 64 * 1024 * 1024,
    whenFull: "block",
    durability: "fsync",
    destinations: [],
    clock: systemClock,
    delayMs: 0,
    retryMs: 1,
    closeMs: 50,
    ...others,
    runner: { backoff: { firstMs: 1, mostMs: 5 }, lingerMs: 0, saveEveryMs: 0, closeMs: 200, ...runner },
  });
}

export async function delivering(
  files: SpoolFiles,
  options: Partial<SpooledDeliveryOptions> = {},
): Promise<Delivering> {
  const delivery = await unheard(files, options);
  const said: SystemEvent[] = [];
  delivery.connect((event) => said.push(event));
  const ulids = new Ulids();
  return {
    delivery,
    said,
    add: (n, level = "info") => {
      const nowMs = systemClock.nowMs();
      const json = Buffer.from(eventText(n));
      return delivery.append(json, json.length, { id: ulids.next(nowMs), timeMs: nowMs, level, hasPortcullis: true });
    },
  };
}

function eventText(n: number, padding = 40): string {
  return `{"message":"event ${n}","event":{"sequence":${n}},"portcullis":{"ended":"${"x".repeat(padding)}"}}`;
}

/** The number that an event of `add` says. */
export function numberOf({ json }: { readonly json: Uint8Array }): number {
  return (JSON.parse(Buffer.from(json).toString("utf8")) as { event: { sequence: number } }).event.sequence;
}

/** Numbers from 1. */
export function upTo(last: number): number[] {
  return Array.from({ length: last }, (_, i) => i + 1);
}
