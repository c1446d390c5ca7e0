// Large buffers that are used again: one is written while the next is filled, and none is made for each.

const CHUNK_BYTES = 256 * 1024;
/** One being written, one being filled. */
const SPARE_MAX = 2;

export class SpareBuffers {
  readonly #spare: Buffer[] = [];

  /** One that holds so many bytes at least. */
  take(bytesMin: number): Buffer {
    if (bytesMin > CHUNK_BYTES) return Buffer.allocUnsafeSlow(bytesMin);
    return this.#spare.pop() ?? Buffer.allocUnsafeSlow(CHUNK_BYTES);
  }

  /** Gives one back, or a view from its begin. */
  giveBack({ buffer }: Buffer): void {
    if (buffer.byteLength === CHUNK_BYTES && this.#spare.length < SPARE_MAX) {
      this.#spare.push(Buffer.from(buffer as ArrayBuffer));
    }
  }
}
