// Sends what is measured to a collector, now and then: the newest numbers each time, so that what did not arrive is in what comes next.
import type { Clock } from "../../core/clock.ts";
import type { SystemEvent } from "../../core/record.ts";
import type { Measured } from "../../monitoring/index.ts";
import { metricRequests } from "./metric-data.ts";
import type { OtlpClient } from "./otlp-client.ts";
import { type Resource, timeOf, transformer } from "./wire.ts";

export interface MetricsExporterOptions {
  /** The sink's. */
  readonly name: string;
  readonly client: OtlpClient;
  readonly measured: Measured;
  readonly resource: (service: string) => Resource;
  readonly clock: Clock;
  readonly everyMs: number;
  readonly say: (event: SystemEvent) => void;
}

/** About a megabyte before it is packed. */
const POINTS_MAX = 4_000;
/** For the last numbers of a process that ends. */
const CLOSE_MS = 2_000;

export class MetricsExporter {
  readonly #options: MetricsExporterOptions;
  readonly #startTime;
  readonly #timer: NodeJS.Timeout;
  readonly #ending = new AbortController();
  #round: Promise<void> | undefined;
  #isFailing = false;

  constructor(options: MetricsExporterOptions) {
    this.#options = options;
    this.#startTime = timeOf(options.clock.nowMs());
    this.#timer = setInterval(() => void this.export(), options.everyMs).unref();
  }

  /** Never rejects. One after the other: while a collector is slow, rounds are left out. */
  export(): Promise<void> {
    this.#round ??= this.#export().finally(() => (this.#round = undefined));
    return this.#round;
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    const late = setTimeout(() => this.#ending.abort(), CLOSE_MS);
    await this.#round;
    if (!this.#isFailing) await this.export();
    clearTimeout(late);
  }

  async #export(): Promise<void> {
    try {
      const trouble = await this.#send();
      if (trouble === undefined) this.#tellWorking();
      else this.#tellFailing(trouble);
    } catch {
      this.#tellFailing("they cannot be made: this is a bug in Portcullis");
    }
  }

  /** Why not all of them were taken. */
  async #send(): Promise<string | undefined> {
    const { measured, resource, clock, client } = this.#options;
    const { ProtobufMetricsSerializer: serializer } = await transformer();
    const requests = metricRequests(measured.families(), {
      resource: resource(measured.service() ?? "portcullis"),
      startTime: this.#startTime,
      endTime: timeOf(clock.nowMs()),
      pointsMax: POINTS_MAX,
    });
    for (const { metrics, points } of requests) {
      const body = serializer.serializeRequest(metrics) ?? new Uint8Array();
      const read = (answer: Uint8Array) => ({
        rejected: serializer.deserializeResponse(answer).partialSuccess?.rejectedDataPoints ?? 0,
      });
      const verdict = await client.send("/v1/metrics", body, points, read, this.#ending.signal);
      if (verdict.kind === "judged") return deadReason(verdict.outcomes[0]);
      if (verdict.kind !== "taken") return verdict.reason;
    }
    return undefined;
  }

  #tellFailing(reason: string): void {
    if (this.#isFailing || this.#ending.signal.aborted) return;
    this.#isFailing = true;
    const { name, say } = this.#options;
    const message = `Metrics cannot be delivered to ${name}: ${reason}. The next ones have what these had.`;
    say({ action: "monitoring.metrics-failing", level: "warn", message, data: { sink: name } });
  }

  #tellWorking(): void {
    if (!this.#isFailing) return;
    this.#isFailing = false;
    const { name, say } = this.#options;
    const message = `Metrics are delivered to ${name} again.`;
    say({ action: "monitoring.metrics-working", level: "info", message, data: { sink: name } });
  }
}

function deadReason(outcome: unknown): string {
  return typeof outcome === "object" && outcome !== null && "dead" in outcome
    ? String(outcome.dead)
    : "some were refused";
}
