// The recorder: makes one event of each exchange, once, and hands it to every sink. It never throws and never waits.
import { type Clock, systemClock } from "../core/clock.ts";
import type { Exchange } from "../core/exchange.ts";
import type { SystemEvent } from "../core/record.ts";
import type { AuditRecorder, RecorderOptions, RecorderSnapshot } from "./audit-recorder.ts";
import { type ApplicationLine, applicationJson, applicationMessage, type OfRequest } from "./application-event.ts";
import { type AlertMode, alertJson, alertLevel, alertMessage } from "./alert-event.ts";
import { type Classification, classify, type Level } from "./classification.ts";
import type { Detector } from "./detection/detector.ts";
import type { Detection } from "./detection/engine.ts";
import { exchangeView } from "./event-view.ts";
import { ExchangeEvents } from "./exchange-event.ts";
import { IdentityFields } from "./identity-fields.ts";
import type { LineBytes } from "./line-bytes.ts";
import type { Metrics } from "./metrics/metrics.ts";
import { OperationFields, type SensitiveParameters } from "./operation-fields.ts";
import {
  droppedEvent,
  failingEvent,
  handBytes,
  handLine,
  lostSentence,
  type Outlet,
  outletOf,
  tellOperator,
  unmadeEvent,
  unrotatedEvent,
  workingEvent,
} from "./outlet.ts";
import type { SpooledDelivery } from "./delivery/spooled-delivery.ts";
import { reaches } from "./sink.ts";
import { systemJson, systemMessage, type SystemRecording } from "./system-event.ts";
import { Timestamps } from "./timestamp.ts";
import { Ulids } from "./ulid.ts";

/** Records exchanges and system events in the given sinks. */
export function createRecorder(options: RecorderOptions): AuditRecorder {
  return new SinkRecorder(options);
}

const NONE: SensitiveParameters = () => [];
const CLASSES = ["none", "1xx", "2xx", "3xx", "4xx", "5xx"] as const;

class SinkRecorder implements AuditRecorder {
  readonly #outlets: readonly Outlet[];
  readonly #clock: Clock;
  readonly #identities: IdentityFields;
  readonly #operations: OperationFields;
  readonly #events: ExchangeEvents;
  #service: string | undefined;
  readonly #timestamps = new Timestamps();
  readonly #ulids = new Ulids();
  readonly #delivery: SpooledDelivery | undefined;
  readonly #counts = [0, 0, 0, 0, 0, 0];
  #sequence = 0;
  #system = 0;
  #faults = 0;
  readonly #tell: (line: string) => void;
  readonly #metrics: Metrics | undefined;
  readonly #detector: Detector | undefined;
  #closing: Promise<void> | undefined;

  constructor(options: RecorderOptions) {
    this.#clock = options.clock ?? systemClock;
    this.#tell = options.tell ?? tellOperator;
    this.#service = options.service;
    this.#metrics = options.metrics;
    this.#detector = options.detector;
    this.#detector?.listen((detection, mode) => this.#alert(detection, mode));
    this.#identities = new IdentityFields(options.hashKey);
    this.#operations = new OperationFields(options.sensitiveParameters ?? NONE);
    this.#events = new ExchangeEvents(this.#identities, this.#operations);
    if (options.service !== undefined) this.#events.serve(options.service);
    this.#outlets = options.sinks.map(outletOf);
    for (const outlet of this.#outlets) {
      outlet.sink.connect?.({
        room: () => this.#announce(outlet),
        failing: (code) => this.#failing(outlet, code),
        working: () => this.#working(outlet),
        unrotated: (code) => this.#ofSink(unrotatedEvent(outlet.sink.name, outlet.label, code)),
        lost: (count) => this.#tell(lostSentence(outlet, count)),
      });
    }
    this.#delivery = options.delivery;
    const measured = options.metrics && { families: options.metrics.families, service: () => this.#service };
    this.#delivery?.connect((event) => this.#ofDelivery(event), measured);
  }

  get blocked(): boolean {
    return this.#delivery?.blocked === true;
  }

  exchange(exchange: Exchange): void {
    if (this.#closing !== undefined) return;
    const statusClass = Math.trunc(exchange.answerStatus / 100);
    this.#counts[statusClass > 0 && statusClass < CLASSES.length ? statusClass : 0]! += 1;
    this.#sequence += 1;
    const endedMs = Number.isNaN(exchange.endedMs) ? this.#clock.monotonicMs() : exchange.endedMs;
    let found: Classification | undefined;
    try {
      found = classify(exchange);
      this.#record(exchange, found, endedMs);
    } catch {
      this.#faults += 1;
      this.#recordPlainly(exchange);
    }
    // Behind the record: an alert stands behind what it is about.
    this.#metrics?.exchange(exchange, endedMs);
    if (found !== undefined) this.#detector?.exchange(exchange, found, endedMs);
  }

  #record(exchange: Exchange, found: Classification, endedMs: number): void {
    const level = exchange.faultBy === undefined ? found.level : "error";
    const path = this.#operations.path(exchange);
    const createdAtMs = this.#clock.nowMs();
    const id = this.#ulids.next(createdAtMs);
    const recording = { id, level, sequence: this.#sequence, createdAtMs, endedMs, path };
    let line: LineBytes | undefined;
    if (this.#delivery !== undefined) {
      if (exchange.denial?.reason === "monitoring.spool-full") this.#delivery.refuse();
      else {
        line = this.#events.line(exchange, found, recording);
        const head = { id, timeMs: exchange.startedAtMs, level, hasPortcullis: true };
        this.#delivery.append(line.bytes, line.length, head);
      }
    }
    for (const outlet of this.#outlets) {
      if (!reaches(level, outlet.level)) continue;
      const { render } = outlet.sink;
      if (render === undefined) {
        line ??= this.#events.line(exchange, found, recording);
        if (outlet.sink.writeBytes === undefined) handLine(outlet, line.toString());
        else handBytes(outlet, line);
      } else {
        const who = this.#identities.of(exchange.principal).name;
        handLine(outlet, render(exchangeView(exchange, { level, endedMs, path, who })));
      }
    }
  }

  /** Where making the event failed, that an exchange took place is recorded all the same. */
  #recordPlainly(exchange: Exchange): void {
    this.#systemEvent(unmadeEvent(exchange));
  }

  system(event: SystemEvent): void {
    if (this.#closing !== undefined) return;
    this.#sequence += 1;
    this.#system += 1;
    this.#metrics?.system(event);
    this.#systemEvent(event);
    this.#detector?.system(event, this.#clock.nowMs());
  }

  application(line: ApplicationLine, request?: OfRequest): void {
    if (this.#closing !== undefined) return;
    this.#sequence += 1;
    const view = { level: line.level, action: line.logger ?? "application", message: applicationMessage(line) };
    this.#plainEvent(view, (recording) => applicationJson(line, request, recording));
  }

  /** To one outlet, or to all but one. */
  #systemEvent(event: SystemEvent, only?: Outlet, except?: Outlet): boolean {
    const view = { level: event.level, action: event.action, message: systemMessage(event) };
    return this.#plainEvent(view, (recording) => systemJson(event, recording), only, except);
  }

  #alert(detection: Detection, mode: AlertMode): void {
    this.#sequence += 1;
    const level = alertLevel(detection, mode);
    const action = `detection.${detection.rule.name}`;
    const view = { level, action, message: alertMessage(detection) };
    this.#plainEvent(view, (recording) => alertJson(detection, mode, recording));
  }

  /** An event that is no exchange. */
  #plainEvent(
    { level, action, message }: { readonly level: Level; readonly action: string; readonly message: string },
    jsonOf: (recording: SystemRecording) => string,
    only?: Outlet,
    except?: Outlet,
  ): boolean {
    let taken = false;
    try {
      const timeMs = this.#clock.nowMs();
      const id = this.#ulids.next(timeMs);
      let json: string | undefined;
      if (this.#delivery !== undefined && only === undefined) {
        json = jsonOf(this.#recording(id, timeMs));
        const bytes = Buffer.from(json);
        const head = { id, timeMs, level, hasPortcullis: json.endsWith("}}}") };
        this.#delivery.append(bytes, bytes.length, head);
      }
      for (const outlet of only === undefined ? this.#outlets : [only]) {
        if (outlet === except || !reaches(level, outlet.level)) continue;
        const { render } = outlet.sink;
        if (render !== undefined) {
          taken = handLine(outlet, render({ kind: "system", timeMs, level, action, message }));
          continue;
        }
        json ??= jsonOf(this.#recording(id, timeMs));
        taken = handLine(outlet, json);
      }
    } catch {
      this.#faults += 1;
    }
    return taken;
  }

  #recording(id: Buffer, timeMs: number): SystemRecording {
    return {
      id: id.toString("latin1"),
      sequence: this.#sequence,
      timestamp: this.#timestamps.text(timeMs),
      service: this.#service,
    };
  }

  /** Says in the sink itself how many events are missing from it. */
  #announce(outlet: Outlet): void {
    const count = outlet.unannounced;
    if (count === 0) return;
    this.#sequence += 1;
    const event = droppedEvent(outlet, count);
    if (this.#systemEvent(event, outlet)) outlet.unannounced -= count;
  }

  #failing(outlet: Outlet, code: string): void {
    outlet.failing = true;
    const event = failingEvent(outlet, code);
    this.#tell(event.message);
    this.#ofSink(event, outlet);
  }

  #working(outlet: Outlet): void {
    const event = workingEvent(outlet);
    outlet.failing = false;
    this.#tell(event.message);
    if (this.#closing === undefined) this.#ofSink(event);
  }

  #ofSink(event: SystemEvent, except?: Outlet): void {
    this.#sequence += 1;
    this.#systemEvent(event, undefined, except);
  }

  /** What the spool says may be the only word of it that reaches anybody: its own events are in it. */
  #ofDelivery(event: SystemEvent): void {
    if (event.level === "error") this.#tell(event.message);
    this.#ofSink(event);
  }

  snapshot(): RecorderSnapshot {
    const exchanges = Object.fromEntries(CLASSES.map((name, index) => [name, this.#counts[index] as number]));
    return {
      exchanges: exchanges as RecorderSnapshot["exchanges"],
      system: this.#system,
      written: Object.fromEntries(this.#outlets.map((outlet) => [outlet.label, outlet.written])),
      dropped: Object.fromEntries(this.#outlets.map((outlet) => [outlet.label, outlet.dropped])),
      faults: this.#outlets.reduce((sum, { faults }) => sum + faults, this.#faults + (this.#metrics?.faults ?? 0)),
      delivery: this.#delivery?.snapshot(),
    };
  }

  failing(): readonly string[] {
    const labels = this.#outlets.filter(({ failing }) => failing).map(({ label }) => label);
    return [...labels, ...(this.#delivery?.failing() ?? [])];
  }

  async flush(): Promise<void> {
    await Promise.allSettled([...this.#outlets.map((outlet) => outlet.sink.flush()), this.#delivery?.flush()]);
  }

  async reopen(): Promise<void> {
    await Promise.all([...this.#outlets.map(async (outlet) => outlet.sink.reopen?.()), this.#delivery?.reopen()]);
  }

  serve(service: string): void {
    this.#service = service;
    this.#events.serve(service);
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    // First, as its last words go to the sinks as well.
    const lost = (await this.#delivery?.close().catch(() => 0)) ?? 0;
    if (lost > 0) this.#tell(`${lost} events are missing in the spool: it could not be written to the end.`);
    await Promise.allSettled(this.#outlets.map((outlet) => outlet.sink.close()));
  }
}
