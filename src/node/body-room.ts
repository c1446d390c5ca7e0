// Bounds what all bodies that are held back take together: many that never end must not take the memory of all others (CWE-770).
import { type Denial, deny } from "../core/outcome.ts";

/** Asked where there is no room for a body: it may have others end. */
export interface RoomSeeker {
  seekRoom(bytes: number, lackingBytes: number): void;
}

export class BodyRoom {
  readonly #bytesMax: number;
  #bytes = 0;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  lease(seeker?: RoomSeeker): BodyLease {
    return new BodyLease(this, seeker);
  }

  /** `own`: what the same body has already. One that is alone may go on: its own limit bounds it. */
  take(bytes: number, own: number, seeker?: RoomSeeker): boolean {
    if (this.#lacks(bytes, own)) {
      seeker?.seekRoom(bytes, this.#bytes + bytes - this.#bytesMax);
      if (this.#lacks(bytes, own)) return false;
    }
    this.#bytes += bytes;
    return true;
  }

  #lacks(bytes: number, own: number): boolean {
    return this.#bytes + bytes > this.#bytesMax && this.#bytes > own;
  }

  giveBack(bytes: number): void {
    this.#bytes -= bytes;
  }
}

/** What one body has of it, until its exchange ends. */
export class BodyLease {
  readonly #room: BodyRoom;
  readonly #seeker: RoomSeeker | undefined;
  bytes = 0;
  #ended = false;

  constructor(room: BodyRoom, seeker?: RoomSeeker) {
    this.#room = room;
    this.#seeker = seeker;
  }

  take(bytes: number): boolean {
    if (this.#ended || !this.#room.take(bytes, this.bytes, this.#seeker)) return false;
    this.bytes += bytes;
    return true;
  }

  end(): void {
    this.#room.giveBack(this.bytes);
    this.bytes = 0;
    this.#ended = true;
  }
}

export function heldDenial(): Denial {
  return deny("transport.bodies-held", { lines: ["Retry-After", "5"] });
}
