// The document and the configuration, compiled once: from a request's method and path to its gate.
import type { Exchange } from "./exchange.ts";
import type { Gate } from "./gate.ts";

/** Never changed once made: a reload makes another one, and each exchange keeps the one it began with. */
export interface Policy {
  /** Names this compiled policy in records and on the admin listener: a hash of what it was made from. */
  readonly version: string;
  /** Finds the gate and notes on the exchange what was found: operation, path parameters, allowed methods. */
  enter(exchange: Exchange): Gate;
  /** For requests that transport refused before anything could be matched: only its response guards are used. */
  readonly refused: Gate;
}
