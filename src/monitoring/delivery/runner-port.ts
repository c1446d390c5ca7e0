// What delivery to one destination is made with, and how it stands with it.
import type { Clock } from "../../core/clock.ts";
import type { SystemEvent } from "../../core/record.ts";
import type { SpoolFiles } from "../spool/files.ts";
import type { Spool } from "../spool/spool.ts";
import type { BackoffOptions } from "./backoff.ts";
import type { Destination } from "./destination.ts";

export interface RunnerOptions {
  readonly spool: Spool;
  readonly files: SpoolFiles;
  readonly destination: Destination;
  readonly clock: Clock;
  readonly say: (event: SystemEvent) => void;
  readonly backoff?: BackoffOptions;
  /** How long a batch waits for more, where it is not full. */
  readonly lingerMs?: number;
  /** How often the cursor is made durable at most: what a killed process sends again. */
  readonly saveEveryMs?: number;
  /** How often it is looked whether somebody asks for dead letters to be offered again. */
  readonly reviveEveryMs?: number;
  /** From when on a record that is refused again and again, while others are taken, is set aside. */
  readonly attemptsMax?: number;
  readonly attemptsForMs?: number;
  /** How long `close` goes on delivering. */
  readonly closeMs?: number;
}

/** How it stands with one destination. */
export interface DeliverySnapshot {
  readonly delivered: number;
  readonly dead: number;
  /** There was no room for them: those included that are still to be passed over, and those that the spool never took. */
  readonly dropped: number;
  readonly lost: number;
  readonly filtered: number;
  /** Events that are spooled for it, in the spool or in memory. */
  readonly waiting: number;
  /** Age of the oldest that it was offered and did not take. */
  readonly oldestMs: number;
  readonly failing: boolean;
}
