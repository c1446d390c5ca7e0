// Large buffers that are used again: one is written while the next is filled, and none is made for each. Memory outside of
// V8's heap that comes and goes makes it collect the whole heap, which costs more than all that is done with it.

const CHUNK_BYTES = 256 * 1024;
/** One being written, one being filled. */
const SPARE_MAX = 2;

export class SpareBuffers {
  readonly #spare: Buffer[] = [];
  readonly #bytes: number;
  readonly #most: number;

  constructor({ bytes = CHUNK_BYTES, most = SPARE_MAX }: { readonly bytes?: number; readonly most?: number } = {}) {
    this.#bytes = bytes;
    this.#most = most;
  }

  /** One that holds so many bytes at least. */
  take(bytesMin: number): Buffer {
    if (bytesMin > this.#bytes) return Buffer.allocUnsafeSlow(bytesMin);
    return this.#spare.pop() ?? Buffer.allocUnsafeSlow(this.#bytes);
  }

  /** Gives one back, or a view from its begin. */
  giveBack({ buffer }: Buffer): void {
    if (buffer.byteLength === this.#bytes && this.#spare.length < this.#most) {
      this.#spare.push(Buffer.from(buffer as ArrayBuffer));
    }
  }
}
