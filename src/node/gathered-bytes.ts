// Gathers a body that comes in pieces, so that it holds about as much memory as it has bytes, however small the pieces are.

const EMPTY = Buffer.alloc(0);

/** A piece of its own costs some 400 bytes beside its content: below this size it is copied, and let go of. */
const PIECE_BYTES_MIN = 16 * 1024;
const ROOM_BYTES_MIN = 1024;
const ROOM_BYTES_MAX = 64 * 1024;

export class GatheredBytes {
  /** Most bodies come in one piece, and stay it. */
  #only: Buffer | undefined;
  /** Large pieces, and what small ones were copied into. */
  readonly #pieces: Buffer[] = [];
  /** Where small ones are copied to, and how much of it is filled. */
  #room: Buffer = EMPTY;
  #filled = 0;
  length = 0;

  add(piece: Buffer): void {
    if (this.length === 0) {
      this.#only = piece;
    } else {
      if (this.#only !== undefined) this.#append(this.#only);
      this.#only = undefined;
      this.#append(piece);
    }
    this.length += piece.length;
  }

  /** All of it in one piece. */
  take(): Buffer {
    if (this.#only !== undefined) return this.#only;
    this.#close();
    return this.length === 0 ? EMPTY : Buffer.concat(this.#pieces, this.length);
  }

  #append(piece: Buffer): void {
    if (piece.length >= PIECE_BYTES_MIN) {
      this.#close();
      this.#pieces.push(piece);
      return;
    }
    if (piece.length > this.#room.length - this.#filled) {
      this.#close();
      // As much again as there is, so that short bodies need little and long ones few of these.
      this.#room = Buffer.allocUnsafe(Math.max(ROOM_BYTES_MIN, piece.length, Math.min(this.length, ROOM_BYTES_MAX)));
    }
    this.#filled += piece.copy(this.#room, this.#filled);
  }

  /** What small pieces left of the room is for those that come. */
  #close(): void {
    if (this.#filled === 0) return;
    this.#pieces.push(this.#room.subarray(0, this.#filled));
    this.#room = this.#room.subarray(this.#filled);
    this.#filled = 0;
  }
}
