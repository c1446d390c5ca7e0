// What the recorder is made of, and what its owner can ask of it.
import type { ApplicationLine, OfRequest } from "./application-event.ts";
import type { Clock } from "../core/clock.ts";
import type { Recorder } from "../core/record.ts";
import type { SpooledDelivery, SpooledDeliverySnapshot } from "./delivery/spooled-delivery.ts";
import type { Detector } from "./detection/detector.ts";
import type { HashKeys } from "./identifier-hashes.ts";
import type { Metrics } from "./metrics/metrics.ts";
import type { SensitiveParameters } from "./operation-fields.ts";
import type { Sink } from "./sink.ts";

export interface RecorderOptions {
  readonly sinks: readonly Sink[];
  /** Takes every event once, for all destinations that it feeds. */
  readonly delivery?: SpooledDelivery | undefined;
  readonly clock?: Clock;
  /** Keys the hashes of token ids, so that they compare across processes: at least 16 bytes each. Random by default. */
  readonly hashKey?: HashKeys;
  /** `service.name` of the events. */
  readonly service?: string;
  /** Path parameters whose values are never written; those with the name of a secret are not anyway. */
  readonly sensitiveParameters?: SensitiveParameters;
  /** Measures each exchange. None by default. */
  readonly metrics?: Metrics;
  /** Watches them; its alerts are recorded here. None by default. */
  readonly detector?: Detector | undefined;
  /** Told in a line when a sink fails and when it works again: it may be the only one. Standard error by default. */
  readonly tell?: (line: string) => void;
}

/** What was recorded since the start, for the admin listener. */
export interface RecorderSnapshot {
  /** Exchanges by class of their status; `none` had no answer. */
  readonly exchanges: Readonly<Record<"1xx" | "2xx" | "3xx" | "4xx" | "5xx" | "none", number>>;
  readonly system: number;
  /** Events that a sink took, by the same names as `dropped`. */
  readonly written: Readonly<Record<string, number>>;
  /** Events that a sink had no room for, by the sink's place and name: `0:file`. */
  readonly dropped: Readonly<Record<string, number>>;
  /** Exchanges whose event could not be made: a bug. */
  readonly faults: number;
  /** Where there is a spool: how full it is, and how far each destination is. */
  readonly delivery: SpooledDeliverySnapshot | undefined;
}

/** A recorder with what its owner needs beside the port. */
export interface AuditRecorder extends Recorder {
  snapshot(): RecorderSnapshot;
  /** A line of the application's own log; of which request, where there is one. Never throws, never waits. */
  application(line: ApplicationLine, request?: OfRequest): void;
  /** The sinks that cannot be written to at the moment, as in `dropped`. */
  failing(): readonly string[];
  /** Resolves when what was recorded so far has been handed on, or a sink fails. */
  flush(): Promise<void>;
  /** Opens files anew, after somebody else moved them (SIGHUP). */
  reopen(): Promise<void>;
  /** `service.name` of the events from now on: another document may have another title. */
  serve(service: string): void;
}
