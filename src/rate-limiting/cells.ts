// Memory in cells of 64 bytes: taken and given back one by one, never more than agreed, got from the system in chunks.

const CELL_WORDS = 16;
const CHUNK_SHIFT = 10;
const CHUNK_MASK = (1 << CHUNK_SHIFT) - 1;

/** A cell is a number from 1; 0 is none. */
export class Cells {
  readonly #chunks: Uint32Array[] = [];
  readonly #cellsMax: number;
  /** The first of those given back; each names the next in its first word. */
  #free = 0;
  #given = 0;
  #made = 0;

  constructor(cellsMax: number) {
    this.#cellsMax = cellsMax;
  }

  /** A cell with whatever was in it, or 0 where none is left. */
  take(): number {
    const cell = this.#free;
    if (cell !== 0) {
      this.#given -= 1;
      this.#free = this.words(cell)[this.at(cell)] as number;
      return cell;
    }
    if (this.#made === this.#cellsMax) return 0;
    this.#made += 1;
    if (this.#made >> CHUNK_SHIFT >= this.#chunks.length) {
      this.#chunks.push(new Uint32Array(CELL_WORDS << CHUNK_SHIFT));
    }
    return this.#made;
  }

  /** How many more can be had. */
  get left(): number {
    return this.#cellsMax - this.#made + this.#given;
  }

  give(cell: number): void {
    this.#given += 1;
    this.words(cell)[this.at(cell)] = this.#free;
    this.#free = cell;
  }

  /** The words among which a cell lies, from `at(cell)` on. */
  words(cell: number): Uint32Array {
    return this.#chunks[cell >> CHUNK_SHIFT] as Uint32Array;
  }

  at(cell: number): number {
    return (cell & CHUNK_MASK) * CELL_WORDS;
  }
}
