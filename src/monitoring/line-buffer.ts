// Lines as bytes, ready to be written: text is turned into bytes a little at a time, while it is still in the processor's cache.
import { SpareBuffers } from "./spare-buffers.ts";

/** Half the cost per line of turning a large text into bytes at once (measured); larger and smaller are both slower. */
const TEXT_CHARACTERS_MAX = 12 * 1024;
const UTF8_BYTES_PER_CHARACTER_MAX = 3;
const LINE_BREAK = 0x0a;

interface Chunk {
  readonly buffer: Buffer;
  length: number;
}

export class LineBuffer {
  #text = "";
  #chunks: Chunk[] = [];
  #bytes = 0;
  readonly #spare = new SpareBuffers();

  /** About how much waits, in bytes. */
  get size(): number {
    return this.#bytes + this.#text.length;
  }

  add(line: string): void {
    this.#text += `${line}\n`;
    if (this.#text.length >= TEXT_CHARACTERS_MAX) this.#encode();
  }

  /** The oldest bytes, whole lines; undefined when nothing waits. Whoever took them gives them back with `free`. */
  take(): Buffer | undefined {
    this.#encode();
    const chunk = this.#chunks.shift();
    if (chunk === undefined) return undefined;
    this.#bytes -= chunk.length;
    return chunk.buffer.subarray(0, chunk.length);
  }

  free(taken: Buffer): void {
    this.#spare.giveBack(taken);
  }

  addBytes(bytes: Buffer, length: number): void {
    this.#encode();
    const chunk = this.#chunkFor(length + 1);
    bytes.copy(chunk.buffer, chunk.length, 0, length);
    chunk.buffer[chunk.length + length] = LINE_BREAK;
    chunk.length += length + 1;
    this.#bytes += length + 1;
  }

  #encode(): void {
    const text = this.#text;
    if (text === "") return;
    this.#text = "";
    const chunk = this.#chunkFor(text.length * UTF8_BYTES_PER_CHARACTER_MAX);
    const written = chunk.buffer.write(text, chunk.length, "utf8");
    chunk.length += written;
    this.#bytes += written;
  }

  /** The last chunk, or a new one where it has no room for so many bytes. */
  #chunkFor(bytesMax: number): Chunk {
    const last = this.#chunks.at(-1);
    if (last !== undefined && last.buffer.length - last.length >= bytesMax) return last;
    const chunk = { buffer: this.#spare.take(bytesMax), length: 0 };
    this.#chunks.push(chunk);
    return chunk;
  }
}
