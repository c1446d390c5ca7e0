// A collector of OpenTelemetry: each event as a log record, the spans of exchanges that are sampled, and now and then what is measured.
import type { Clock } from "../../core/clock.ts";
import type { SystemEvent } from "../../core/record.ts";
import type { Delivery, Destination, Level, Measured, RecordOutcome, SpooledRecord } from "../../monitoring/index.ts";
import type { DestinationPorts } from "../destination-ports.ts";
import { deliverIsolating } from "../isolating.ts";
import { type LooseEvent, textAt } from "./event-attributes.ts";
import { logRecordOf } from "./log-record.ts";
import { MetricsExporter } from "./metrics-exporter.ts";
import { OtlpClient, type OtlpServer } from "./otlp-client.ts";
import { spansOf } from "./spans.ts";
import { type Resource, transformer } from "./wire.ts";

/** All of it JSON: a reload compares it. */
export interface OtlpOptions extends OtlpServer {
  readonly signals: readonly ("logs" | "traces" | "metrics")[];
  /** How often metrics are sent. */
  readonly metricsEveryMs: number;
  /** Of every record, beside `service.name` and `host.name`. */
  readonly resource: Readonly<Record<string, string>>;
  readonly recordsMax: number;
  readonly bytesMax: number;
}

interface Item {
  readonly record: SpooledRecord;
  readonly event: LooseEvent;
}

export function otlpDestination(options: OtlpOptions, ports: DestinationPorts): Destination {
  return new OtlpDestination(options, ports);
}

class OtlpDestination implements Destination {
  readonly name: string;
  readonly level: Level;
  readonly recordsMax: number;
  readonly bytesMax: number;
  readonly assurance = "at-least-once";
  readonly #options: OtlpOptions;
  readonly #client: OtlpClient;
  readonly #clock: Clock;
  #exporter: MetricsExporter | undefined;
  /** One object for each service: the transformer groups by it. */
  readonly #resources = new Map<string, Resource>();
  /** Records whose log was taken and whose spans were not: it is not sent again. Of the last batch only. */
  #logged: ReadonlySet<string> = new Set();

  constructor(options: OtlpOptions, { name, level, clock }: DestinationPorts) {
    this.name = name;
    this.level = level;
    this.recordsMax = options.recordsMax;
    this.bytesMax = options.bytesMax;
    this.#options = options;
    this.#clock = clock;
    this.#client = new OtlpClient(options, () => clock.nowMs());
  }

  connect(say: (event: SystemEvent) => void, measured: Measured | undefined): void {
    const { signals, metricsEveryMs: everyMs } = this.#options;
    if (measured === undefined || !signals.includes("metrics")) return;
    const resource = (service: string) => this.#resourceOf(service);
    const parts = { name: this.name, client: this.#client, clock: this.#clock };
    this.#exporter = new MetricsExporter({ ...parts, measured, resource, everyMs, say });
  }

  async deliver(records: readonly SpooledRecord[], signal: AbortSignal): Promise<Delivery> {
    const outcomes = new Map<string, RecordOutcome>();
    const items: Item[] = [];
    for (const record of records) {
      const event = eventOf(record.json);
      if (event === undefined) outcomes.set(record.id, { dead: "it is no event" });
      else items.push({ record, event });
    }
    const logs = await this.#deliverLogs(items, outcomes, signal);
    const sampled = items.filter(({ record }) => outcomes.get(record.id) === "delivered");
    const traces = logs?.kind === "unavailable" ? logs : await this.#deliverSpans(sampled, outcomes, signal);
    this.#logged = new Set(sampled.map(({ record }) => record.id).filter((id) => outcomes.get(id) === "retry"));
    const trouble = [logs, traces].find((delivery) => delivery?.kind === "unavailable");
    const all = records.map(({ id }) => outcomes.get(id) ?? "retry");
    const waitMs = logs?.retryAfterMs ?? traces?.retryAfterMs;
    const again = waitMs === undefined ? {} : { retryAfterMs: waitMs };
    if (trouble?.kind === "unavailable" && all.every((outcome) => outcome === "retry")) return trouble;
    return { kind: "answered", outcomes: all, ...again };
  }

  async close(): Promise<void> {
    await this.#exporter?.close();
    await this.#client.close();
  }

  async #deliverLogs(
    items: readonly Item[],
    outcomes: Map<string, RecordOutcome>,
    signal: AbortSignal,
  ): Promise<Delivery | undefined> {
    const logged = this.#options.signals.includes("logs") ? this.#logged : undefined;
    const open = logged === undefined ? [] : items.filter(({ record }) => !logged.has(record.id));
    for (const item of items) if (!open.includes(item)) outcomes.set(item.record.id, "delivered");
    if (open.length === 0) return undefined;
    const events = new Map(open.map(({ record, event }) => [record, event]));
    const { ProtobufLogsSerializer: serializer } = await transformer();
    const delivery = await deliverIsolating(
      open.map(({ record }) => record),
      (some) => {
        const all = some.map((one) =>
          logRecordOf(one, events.get(one) as LooseEvent, this.#resource(events.get(one) as LooseEvent)),
        );
        const body = serializer.serializeRequest(all) ?? new Uint8Array();
        const read = (answer: Uint8Array) => ({
          rejected: serializer.deserializeResponse(answer).partialSuccess?.rejectedLogRecords ?? 0,
        });
        return this.#client.send("/v1/logs", body, some.length, read, signal);
      },
    );
    if (delivery.kind === "answered") note(open, delivery.outcomes, outcomes);
    return delivery;
  }

  /** What was said of the logs holds, unless the spans are refused or must come again. */
  async #deliverSpans(
    items: readonly Item[],
    outcomes: Map<string, RecordOutcome>,
    signal: AbortSignal,
  ): Promise<Delivery | undefined> {
    if (!this.#options.signals.includes("traces")) return undefined;
    const spans = new Map(
      items.map(({ record, event }) => [record, spansOf(record, event, this.#resource(event))] as const),
    );
    const open = items.filter(({ record }) => (spans.get(record)?.length ?? 0) > 0);
    if (open.length === 0) return undefined;
    const { ProtobufTraceSerializer: serializer } = await transformer();
    const delivery = await deliverIsolating(
      open.map(({ record }) => record),
      (some) => {
        const all = some.flatMap((one) => [...(spans.get(one) ?? [])]);
        const body = serializer.serializeRequest(all) ?? new Uint8Array();
        const read = (answer: Uint8Array) => ({
          rejected: serializer.deserializeResponse(answer).partialSuccess?.rejectedSpans ?? 0,
        });
        return this.#client.send("/v1/traces", body, some.length, read, signal);
      },
    );
    const told = delivery.kind === "answered" ? delivery.outcomes : open.map((): RecordOutcome => "retry");
    note(open, told, outcomes);
    return delivery;
  }

  #resource(event: LooseEvent): Resource {
    return this.#resourceOf(textAt(event, "service", "name") ?? "portcullis");
  }

  #resourceOf(service: string): Resource {
    let resource = this.#resources.get(service);
    if (resource === undefined) {
      const attributes = { "service.name": service, ...this.#options.resource };
      resource = { attributes } as unknown as Resource;
      this.#resources.set(service, resource);
    }
    return resource;
  }
}

function note(items: readonly Item[], told: readonly RecordOutcome[], outcomes: Map<string, RecordOutcome>): void {
  for (const [i, { record }] of items.entries()) outcomes.set(record.id, told[i] as RecordOutcome);
}

function eventOf(json: Uint8Array): LooseEvent | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(json.buffer, json.byteOffset, json.byteLength).toString());
    return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as LooseEvent) : undefined;
  } catch {
    return undefined;
  }
}
