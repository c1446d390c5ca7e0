// The port through which every exchange is recorded, and events that belong to no exchange.
import type { Exchange } from "./exchange.ts";
import { deny, type Denial } from "./outcome.ts";

/** Something that happened to the product itself: start, stop, keys loaded, reload. */
export interface SystemEvent {
  /** Stable, dotted: `gateway.started`, `authentication.keys-loaded`. */
  readonly action: string;
  readonly level: "info" | "warn" | "error";
  /** One line for a person. No secret. */
  readonly message: string;
  readonly data?: Readonly<Record<string, string | number | boolean>>;
}

export interface Recorder {
  /** There is no room for another event, and the owner wants no request to pass without one: it is refused with `UNRECORDABLE`. */
  readonly blocked?: boolean;
  /** Called exactly once per exchange, when it has ended in whatever way. Never throws, never waits. */
  exchange(exchange: Exchange): void;
  system(event: SystemEvent): void;
  /** Resolves when all that was recorded has been handed to the operating system; nothing may be recorded afterwards. */
  close(): Promise<void>;
}

/** Said before the gate is entered: nothing that it would do may happen unrecorded. */
export const UNRECORDABLE: Denial = deny("monitoring.spool-full", { lines: ["Retry-After", "5"] });
