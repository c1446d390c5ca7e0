// The file of sanctions, and what it held last: ten thousand are not read and judged again behind each write of our own.
import type { Clock } from "../../core/clock.ts";
import { editKept, type KnownList, readKept, stampOf } from "../kept-file.ts";
import type { WrittenSanction } from "../schema/sanctions.ts";
import { SANCTION_FILE } from "./sanction-file.ts";

type List = readonly WrittenSanction[];
/** `keep`: writes a list before the one that is given back, with nobody else in between. */
export type Change = (list: List, keep: (list: List) => Promise<void>) => Promise<List>;

const WRITE_MS_MAX = 1_000;

export class SanctionStore {
  readonly #file: string;
  readonly #clock: Clock;
  #stamp = "";
  #known: KnownList<WrittenSanction> | undefined;
  /** How long the last write took. */
  lastWriteMs = 0;

  constructor(file: string, clock: Clock) {
    this.#file = file;
    this.#clock = clock;
  }

  /** What somebody else wrote there since; undefined: nothing. Throws KeptFileError for one that is broken. */
  async look(): Promise<List | "gone" | undefined> {
    const stamp = await stampOf(this.#file);
    if (stamp === undefined) return this.#stamp === "" ? undefined : "gone";
    if (stamp === this.#stamp) return undefined;
    const list = await readKept(this.#file, SANCTION_FILE);
    this.#stamp = stamp;
    this.#known = { stamp, list };
    return list;
  }

  async edit(change: Change): Promise<void> {
    const beganMs = this.#clock.monotonicMs();
    const { wasKnown, now } = await editKept(this.#file, SANCTION_FILE, change, { make: true, known: this.#known });
    this.#known = now;
    // Where somebody else had changed it, it is looked at.
    if (wasKnown && now !== undefined) this.#stamp = now.stamp;
    this.lastWriteMs = Math.min(this.#clock.monotonicMs() - beganMs, WRITE_MS_MAX);
  }
}
