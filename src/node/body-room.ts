// Bounds what all bodies that are held back take together: many that never end must not take the memory of all others (CWE-770).

export class BodyRoom {
  readonly #bytesMax: number;
  #bytes = 0;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  lease(): BodyLease {
    return new BodyLease(this);
  }

  /** `own`: what the same body has already. One that is alone may go on: its own limit bounds it. */
  take(bytes: number, own: number): boolean {
    if (this.#bytes + bytes > this.#bytesMax && this.#bytes > own) return false;
    this.#bytes += bytes;
    return true;
  }

  giveBack(bytes: number): void {
    this.#bytes -= bytes;
  }
}

/** What one body has of it, until its exchange ends. */
export class BodyLease {
  readonly #room: BodyRoom;
  #bytes = 0;
  #ended = false;

  constructor(room: BodyRoom) {
    this.#room = room;
  }

  take(bytes: number): boolean {
    if (this.#ended || !this.#room.take(bytes, this.#bytes)) return false;
    this.#bytes += bytes;
    return true;
  }

  end(): void {
    this.#room.giveBack(this.#bytes);
    this.#bytes = 0;
    this.#ended = true;
  }
}
