// Which names were used and are not declared, by where they were used: query, a body's media type, an answer's status and media type.
import type { JsonType, Undeclared } from "../../core/undeclared.ts";
import type { SeenEvent } from "./event.ts";
import { SLOTS_MAX } from "./limits.ts";
import { ClientTally, type Room, Tally } from "./tally.ts";

export class UsedTally extends ClientTally {
  readonly types = new Set<JsonType>();
}

export interface Slot {
  readonly in: Undeclared["in"];
  /** Of an answer. */
  readonly status: number | undefined;
  readonly media: string | undefined;
  readonly tally: Tally;
  /** By name or JSON Pointer. */
  readonly names: Map<string, UsedTally>;
}

export class Usage {
  readonly slots = new Map<string, Slot>();
  readonly #room: Room;

  constructor(room: Room) {
    this.#room = room;
  }

  add(undeclared: Undeclared, event: SeenEvent): void {
    const status = undeclared.in === "answer" ? event.status : undefined;
    const key = `${undeclared.in} ${status ?? ""} ${undeclared.media ?? ""}`;
    let slot = this.slots.get(key);
    if (slot === undefined) {
      if (this.slots.size >= SLOTS_MAX || !this.#room.takeName()) return;
      slot = { in: undeclared.in, status, media: undeclared.media, tally: new Tally(), names: new Map() };
      this.slots.set(key, slot);
    }
    slot.tally.add(event);
    const counted = new Set<string>();
    for (const { at, type } of undeclared.names) {
      let used = slot.names.get(at);
      if (used === undefined) {
        if (!this.#room.takeName()) return;
        slot.names.set(at, (used = new UsedTally(this.#room)));
      }
      used.types.add(type);
      // A member can have two types in one body: it is one use.
      if (!counted.has(at)) used.add(event);
      counted.add(at);
    }
  }
}
