// Counts what was seen: how often, by whom, from when to when, with an example. What is not told apart any more is said.
import type { SeenEvent } from "./event.ts";
import { CLIENTS_MAX, CLIENTS_TOTAL_MAX, NAMES_TOTAL_MAX } from "./limits.ts";

/** What is left of the bounds that all tallies of a report share. */
export class Room {
  clients = CLIENTS_TOTAL_MAX;
  names = NAMES_TOTAL_MAX;
  /** Bounds that were reached, in words. */
  readonly reached = new Set<string>();

  /** Whether there is room for one more name; says so where there is none. */
  takeName(): boolean {
    if (this.names > 0) {
      this.names -= 1;
      return true;
    }
    this.reached.add(`more than ${NAMES_TOTAL_MAX} undeclared names: further ones are left out`);
    return false;
  }

  takeClient(): boolean {
    if (this.clients > 0) {
      this.clients -= 1;
      return true;
    }
    this.reached.add(`more than ${CLIENTS_TOTAL_MAX} clients: further ones are counted together`);
    return false;
  }
}

export class Tally {
  count = 0;
  first = "";
  last = "";
  /** Id of a request that shows it: the first one. */
  example = "";

  add({ timestamp, requestId }: SeenEvent): void {
    this.count += 1;
    if (this.first === "" || timestamp < this.first) {
      this.first = timestamp;
      this.example = requestId;
    }
    if (timestamp > this.last) this.last = timestamp;
  }
}

/** A tally with one for each client. */
export class ClientTally extends Tally {
  readonly clients = new Map<string, Tally>();
  /** Requests of clients that are not told apart. */
  others = 0;
  readonly #room: Room;

  constructor(room: Room) {
    super();
    this.#room = room;
  }

  override add(event: SeenEvent): void {
    super.add(event);
    let tally = this.clients.get(event.client);
    if (tally === undefined) {
      if (this.clients.size >= CLIENTS_MAX || !this.#room.takeClient()) {
        this.others += 1;
        if (this.clients.size >= CLIENTS_MAX) {
          this.#room.reached.add(`more than ${CLIENTS_MAX} clients in one row: further ones are counted together`);
        }
        return;
      }
      this.clients.set(event.client, (tally = new Tally()));
    }
    tally.add(event);
  }

  /** `3`, or `500 or more` where not all were told apart. */
  get clientsInWords(): string {
    return this.others > 0 ? `${this.clients.size} or more` : String(this.clients.size);
  }
}
