// Lets a file's oldest parts go only once its record says so: else what retention removed and what somebody took away would look alike.
import type { SystemEvent } from "../core/record.ts";
import type { Level } from "./classification.ts";
import type { SpooledRecord } from "./delivery/destination.ts";
import { linkOf } from "./spool/chain.ts";
import { RETENTION, retentionEvent } from "./spool/words.ts";
import { unpackedBytes } from "./unpacked-bytes.ts";

const LINE_BREAK = 0x0a;

export class Retention {
  readonly #sink: string;
  readonly #level: Level;
  #say: ((event: SystemEvent) => void) | undefined;
  /** The last position that is said to be removed, and the last of which that stands in the file, durably. */
  #said = 0;
  #kept = 0;

  constructor(sink: string, level: Level) {
    this.#sink = sink;
    this.#level = level;
  }

  connect(say: (event: SystemEvent) => void): void {
    this.#say = say;
  }

  /** How many of the oldest files may be removed now. */
  async mayRemove(oldest: readonly string[], kept: string): Promise<number> {
    // A file that takes only part of the events is no whole chain anyway, and would never see the event.
    if (this.#level !== "info") return oldest.length;
    const say = this.#say;
    if (say === undefined) return 0;
    const last = await lastBefore(kept);
    if (last === undefined) return oldest.length;
    if (last > this.#said) {
      this.#said = last;
      say(retentionEvent(this.#sink, last, oldest.length));
    }
    let count = 0;
    while (count < oldest.length) {
      const before = await lastBefore(oldest[count + 1] ?? kept);
      if (before !== undefined && before > this.#kept) break;
      count += 1;
    }
    return count;
  }

  /** These stand in the file now. True where what was said is among them. */
  kept(records: readonly SpooledRecord[]): boolean {
    if (this.#said === this.#kept) return false;
    const said = `"data":{"sink":"${this.#sink}","last":${this.#said},`;
    const isThere = records.some(({ json }) => {
      const bytes = Buffer.from(json.buffer, json.byteOffset, json.byteLength);
      return bytes.includes(`"code":"${RETENTION}"`) && bytes.includes(said);
    });
    if (isThere) this.#kept = this.#said;
    return isThere;
  }
}

/** The position before the first event of a file; undefined where it was written before there was a chain, or cannot be read. */
async function lastBefore(file: string): Promise<number | undefined> {
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of unpackedBytes(file)) {
      const end = chunk.indexOf(LINE_BREAK);
      chunks.push(end < 0 ? chunk : chunk.subarray(0, end));
      if (end >= 0) break;
    }
  } catch {
    return undefined;
  }
  const link = linkOf(Buffer.concat(chunks).toString("utf8"));
  return link === undefined ? undefined : link.position - 1;
}
