// Where events go, resolved: sinks that take lines at once, destinations that confirm, and the spool that feeds them.
import type { WebhookServer } from "../sinks/webhook/webhook-client.ts";
import type { KeyPath } from "./source.ts";

type EventLevel = "info" | "warn" | "error";

export type SinkSettings =
  | { readonly kind: "console"; readonly format: "auto" | "readable" | "json"; readonly level: EventLevel }
  | {
      readonly kind: "file";
      readonly at: KeyPath;
      /** For its cursor, where it is fed from the spool. */
      readonly name: string;
      readonly file: string;
      readonly level: EventLevel;
      /** Undefined: as the sink has it. */
      readonly flushMs: number | undefined;
      /** Undefined: others rotate, and say so by SIGHUP. */
      readonly rotation:
        | {
            readonly bytesMax: number;
            readonly everyMs: number | undefined;
            readonly keep: number;
            readonly gzip: boolean;
          }
        | undefined;
    };

/** A sink that confirms what it took, and is fed from the spool. */
export interface DestinationSettings {
  /** Its key in the configuration. */
  readonly kind: string;
  /** For messages and its cursor: the kind where nothing else was written. */
  readonly name: string;
  readonly level: EventLevel;
  /** Only these of the events, whatever their level. */
  readonly only?: "alerts" | undefined;
  readonly at: KeyPath;
  /** What its kind made of what was written. */
  readonly options: object;
}

/** Where events wait until every destination has them. */
export interface SpoolSettings {
  readonly folder: string;
  readonly bytesMax: number;
  readonly durability: "fsync" | "memory";
  readonly whenFull: "block" | "drop-oldest" | "drop-newest";
}

/** Signed notes of the end of the chain. */
export interface CheckpointSettings {
  /** As `portcullis audit key` made it. */
  readonly key: string;
  readonly file: string;
  readonly everyMs: number;
  readonly everyRecords: number;
  /** Each is sent there too. */
  readonly webhook?: WebhookServer | undefined;
}

/** Who is held back for a time, by detections or by hand. */
export interface SanctionSettings {
  readonly file: string;
  readonly neverBan: readonly string[];
}
