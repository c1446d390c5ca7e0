// Where limits stand, for the record. What is the same of a limit in every event is made once.
import type { LimitState } from "../core/exchange.ts";
import { quoted } from "./escaping.ts";
import { integerText, type LineBytes } from "./line-bytes.ts";

const BEGIN = Buffer.from('"limits":[{"name":');
const NEXT = Buffer.from('},{"name":');
const END = Buffer.from("}],");

/** Of one name: operations may have limits of their own by it. */
const SAME_NAME_MAX = 16;
/** There are as many as the owner wrote, until the next reload. */
const NAMES_MAX = 256;

interface Pieces {
  readonly limit: number;
  readonly windowSeconds: number;
  /** Up to the number that remains. */
  readonly begin: Buffer;
  /** From there to the seconds until more is available. */
  readonly middle: Buffer;
}

export class LimitFields {
  readonly #byName = new Map<string, Pieces[]>();

  /** `limits` with a comma after it. */
  write(limits: readonly LimitState[], line: LineBytes): void {
    for (let i = 0; i < limits.length; i += 1) {
      const limit = limits[i] as LimitState;
      const { begin, middle } = this.#piecesOf(limit);
      line.piece(i === 0 ? BEGIN : NEXT);
      line.piece(begin);
      line.integer(limit.remaining);
      line.piece(middle);
      line.integer(limit.resetSeconds);
    }
    line.piece(END);
  }

  #piecesOf({ name, limit, windowSeconds }: LimitState): Pieces {
    const known = this.#byName.get(name);
    if (known !== undefined) {
      for (const pieces of known) {
        if (pieces.limit === limit && pieces.windowSeconds === windowSeconds) return pieces;
      }
    }
    const made = {
      limit,
      windowSeconds,
      begin: Buffer.from(`${quoted(name, 128)},"limit":${integerText(limit)},"remaining":`),
      middle: Buffer.from(`,"window_seconds":${integerText(windowSeconds)},"reset_seconds":`),
    };
    if (this.#byName.size >= NAMES_MAX) this.#byName.clear();
    if (known === undefined || known.length >= SAME_NAME_MAX) this.#byName.set(name, [made]);
    else known.push(made);
    return made;
  }
}
