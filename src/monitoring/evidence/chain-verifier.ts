// Follows the chain through a record, line by line, and finds the first event that was altered, taken out, moved, repeated or cut off.
import { type ChainLink, eventHash, linkOf, NO_PREVIOUS } from "../spool/chain.ts";
import type { Checkpoint } from "./checkpoint.ts";

export type Wrong = "altered" | "missing" | "reordered" | "repeated" | "foreign" | "rewritten" | "truncated";

export interface Finding {
  readonly what: Wrong;
  /** First and last position that it concerns. */
  readonly from: number;
  readonly to: number;
  /** `audit.ndjson:17` */
  readonly where: string;
  /** One sentence. */
  readonly message: string;
}

export interface Verdict {
  /** The first that was found; undefined where the record is whole. */
  readonly finding: Finding | undefined;
  readonly events: number;
  readonly first: number;
  readonly last: number;
  /** Lines before the first event with a link: recorded before there was a chain. */
  readonly unchained: number;
  /** Checkpoints that agree with it, and the last event that one of them vouches for. */
  readonly checkpoints: number;
  readonly vouched: number;
}

interface Seen extends ChainLink {
  readonly hash: string;
  readonly where: string;
}

export class ChainVerifier {
  readonly #checkpoints: ReadonlyMap<number, readonly Checkpoint[]>;
  readonly #most: Checkpoint | undefined;
  #finding: Finding | undefined;
  #last: Seen | undefined;
  #first = 0;
  #events = 0;
  #unchained = 0;
  #agreeing = 0;
  #vouched = 0;
  /** The link of `second` does not fit `first`: which of both was altered shows with the next. */
  #suspects: { readonly first: Seen; readonly second: Seen } | undefined;
  /** Positions that were left out: they may come later. */
  #left: { readonly from: number; readonly to: number; readonly where: string; cameLate: boolean } | undefined;

  /** In the order in which they were made; all of one chain. */
  constructor(checkpoints: readonly Checkpoint[] = []) {
    const byCount = new Map<number, Checkpoint[]>();
    for (const checkpoint of checkpoints) {
      byCount.set(checkpoint.count, [...(byCount.get(checkpoint.count) ?? []), checkpoint]);
    }
    this.#checkpoints = byCount;
    this.#most = checkpoints.reduce<Checkpoint | undefined>(
      (most, one) => (most === undefined || one.count > most.count ? one : most),
      undefined,
    );
  }

  /** Position of the last event that was read. */
  get last(): number {
    return this.#last?.position ?? 0;
  }

  /** The next line. */
  line(text: string, where: string): void {
    const link = linkOf(text);
    if (link === undefined) {
      if (this.#last === undefined) this.#unchained += 1;
      else this.#found("foreign", this.#last.position, this.#last.position, where, `${where} is no event of the chain`);
      return;
    }
    const seen: Seen = { ...link, hash: eventHash(Buffer.from(text)), where };
    this.#events += 1;
    this.#judgeSuspects(seen);
    const last = this.#last;
    if (last === undefined) {
      this.#first = link.position;
      // From before there was a chain is what stands before its first event, and nothing else.
      if (this.#unchained > 0 && link.position !== 1) {
        const before = link.position - 1;
        this.#found(
          "foreign",
          before,
          before,
          where,
          `what stands before event ${link.position} at ${where} is no event of the chain`,
        );
      }
      if (link.position === 1 && link.previous !== NO_PREVIOUS) this.#altered(seen);
    } else if (link.position <= last.position) {
      this.#again(seen);
      return;
    } else if (link.previous === last.hash) {
      if (link.position !== last.position + 1) this.#altered(seen);
    } else if (link.position === last.position + 1) this.#suspects ??= { first: last, second: seen };
    else this.#leftOut(last, seen);
    this.#last = seen;
    this.#compare(seen);
  }

  /** Nothing follows. `isLive`: events that are signed may be on their way still. */
  end(isLive = false): Verdict {
    this.#judgeSuspects(undefined);
    const left = this.#left;
    if (left !== undefined) {
      const range = shown(left.from, left.to);
      if (left.cameLate) {
        this.#found(
          "reordered",
          left.from,
          left.to,
          left.where,
          `${range} should stand before ${left.where}, and stands behind it`,
        );
      } else
        this.#found(
          "missing",
          left.from,
          left.to,
          left.where,
          `${range} should stand before ${left.where}, and is missing`,
        );
    }
    const most = this.#most;
    const last = this.last;
    if (!isLive && most !== undefined && most.count > last && (this.#last !== undefined || most.count > 0)) {
      const message = `${shown(last + 1, most.count)} is missing at the end: at ${most.time} there were ${most.count} events, as a checkpoint says`;
      this.#found("truncated", last + 1, most.count, this.#last?.where ?? "", message);
    }
    return {
      finding: this.#finding,
      events: this.#events,
      first: this.#first,
      last,
      unchained: this.#unchained,
      checkpoints: this.#agreeing,
      vouched: this.#vouched,
    };
  }

  #compare({ position, hash, where }: Seen): void {
    for (const checkpoint of this.#checkpoints.get(position) ?? []) {
      if (checkpoint.hash === hash) {
        this.#agreeing += 1;
        this.#vouched = position;
        continue;
      }
      const message = `event ${position} at ${where}, or one before it, is another than at ${checkpoint.time}, as a checkpoint says`;
      this.#found("rewritten", this.#vouched + 1, position, where, message);
    }
  }

  /** The next link tells which of two was altered: it names the second as it was, or as it is now. */
  #judgeSuspects(next: Seen | undefined): void {
    const suspects = this.#suspects;
    if (suspects === undefined) return;
    this.#suspects = undefined;
    const { first, second } = suspects;
    const isSecond = next !== undefined && next.position === second.position + 1 && next.previous !== second.hash;
    this.#altered(isSecond ? second : first);
  }

  #altered({ position, where }: Seen): void {
    this.#found("altered", position, position, where, `event ${position} at ${where} was altered`);
  }

  #leftOut(last: Seen, seen: Seen): void {
    this.#left ??= { from: last.position + 1, to: seen.position - 1, where: seen.where, cameLate: false };
  }

  /** A position that was passed already. */
  #again(seen: Seen): void {
    const left = this.#left;
    if (left !== undefined && seen.position >= left.from && seen.position <= left.to) {
      left.cameLate = true;
      return;
    }
    const message = `event ${seen.position} stands again at ${seen.where}`;
    this.#found("repeated", seen.position, seen.position, seen.where, message);
  }

  #found(what: Wrong, from: number, to: number, where: string, message: string): void {
    if (this.#finding !== undefined) return;
    // What was left out before is the first, whatever becomes of it.
    const left = this.#left;
    if (left !== undefined && what !== "missing" && what !== "reordered" && from > left.from) return;
    this.#finding = { what, from, to, where, message };
  }
}

function shown(from: number, to: number): string {
  return from === to ? `event ${from}` : `events ${from} to ${to}`;
}
