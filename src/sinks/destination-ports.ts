// What a destination is made with, beside its own settings.
import type { Clock } from "../core/clock.ts";
import type { Level } from "../monitoring/index.ts";

export interface DestinationPorts {
  /** As messages, metrics and the cursor have it. */
  readonly name: string;
  /** The lowest level that it takes. */
  readonly level: Level;
  readonly clock: Clock;
}
