// Any server of the owner's: events in batches, as signed POST requests.
import type { Delivery, Destination, Level, SpooledRecord } from "../../monitoring/index.ts";
import type { DestinationPorts } from "../destination-ports.ts";
import { deliverIsolating } from "../isolating.ts";
import { requestId } from "./signature.ts";
import { WebhookClient, type WebhookServer } from "./webhook-client.ts";

/** All of it JSON: a reload compares it. */
export interface WebhookOptions extends WebhookServer {
  /** `ndjson`: an event on each line. `json`: a list of them. */
  readonly format: "ndjson" | "json";
  readonly recordsMax: number;
  readonly bytesMax: number;
}

const CONTENT_TYPES = { ndjson: "application/x-ndjson", json: "application/json" } as const;
const LINE_BREAK = Buffer.from("\n");
const COMMA = Buffer.from(",");

export function webhookDestination(options: WebhookOptions, ports: DestinationPorts): Destination {
  return new WebhookDestination(options, ports);
}

class WebhookDestination implements Destination {
  readonly name: string;
  readonly level: Level;
  readonly recordsMax: number;
  readonly bytesMax: number;
  readonly assurance = "at-least-once";
  readonly #client: WebhookClient;
  readonly #format: WebhookOptions["format"];

  constructor(options: WebhookOptions, { name, level, clock }: DestinationPorts) {
    this.name = name;
    this.level = level;
    this.recordsMax = options.recordsMax;
    this.bytesMax = options.bytesMax;
    this.#format = options.format;
    this.#client = new WebhookClient(options, () => clock.nowMs());
  }

  deliver(records: readonly SpooledRecord[], signal: AbortSignal): Promise<Delivery> {
    return deliverIsolating(records, (some) =>
      this.#client.send(
        {
          id: requestId(some.map(({ id }) => id)),
          contentType: CONTENT_TYPES[this.#format],
          body: bodyOf(some, this.#format),
        },
        signal,
      ),
    );
  }

  close(): Promise<void> {
    return this.#client.close();
  }
}

/** The events as they were spooled, byte for byte. */
function bodyOf(records: readonly SpooledRecord[], format: WebhookOptions["format"]): Buffer {
  const parts: Uint8Array[] = [];
  for (const { json } of records) parts.push(json, format === "json" ? COMMA : LINE_BREAK);
  if (format === "ndjson") return Buffer.concat(parts);
  return Buffer.concat([Buffer.from("["), ...parts.slice(0, -1), Buffer.from("]")]);
}
