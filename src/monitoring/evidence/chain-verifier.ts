// Follows the chain through a record, line by line, and finds the first event that was altered, taken out, moved, repeated or cut off.
import { type ChainLink, eventHash, linkOf, NO_PREVIOUS } from "../spool/chain.ts";
import { byCount, type Checkpoint } from "./checkpoint.ts";
import { type Explanation, explanationIn, Explanations } from "./explanations.ts";
import { Runs } from "./runs.ts";
import type { Known } from "../spool/known.ts";
import {
  cutOffAtEnd,
  firstOf,
  type LeftOut,
  missingAtEnd,
  neverOffered,
  type Suspicion,
  tornFile,
  undelivered,
  unknownAtEnd,
} from "./suspicions.ts";
import type { Range } from "../spool/ranges.ts";
import { type Part, type Times, Window } from "./window.ts";

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
  /** What was asked for; undefined where that is all of it. */
  readonly part: Part | undefined;
  /** Lines before the first event with a link: recorded before there was a chain. */
  readonly unchained: number;
  /** What is not there and need not be, as events of the record say. */
  readonly explained: readonly Explanation[];
  /** How many of these were dropped. */
  readonly dropped: number;
  /** Files that could not be read to their end. */
  readonly torn: readonly Finding[];
  /** Signed checkpoints that agree with it, and the last event that one of them vouches for. */
  readonly checkpoints: number;
  readonly vouched: number;
  /** The same of what only the spool remembers: nobody signed that. */
  readonly remembered: { readonly count: number; readonly last: number };
}

export interface VerifierOptions {
  /** In the order in which they were made; all of one chain. */
  readonly checkpoints?: readonly Checkpoint[];
  /** Some that were made, as the spool remembers them. They vouch for no words alone: whoever wants no checkpoints has words too. */
  readonly remembered?: readonly Checkpoint[];
  /** Whose record it is, by the name of its sink: what others lack explains nothing here. */
  readonly sink?: string | undefined;
  /** All is judged, and what is wrong then is said. */
  readonly times?: Times;
}

export interface EndOptions {
  /** Events that are signed may be on their way still. */
  readonly isLive?: boolean;
  /** What is before the first event was not asked for. */
  readonly isPart?: boolean;
  /** What was delivered to the record by then, as its spool knows. */
  readonly delivered?: Pick<Known, "next" | "lacked" | "lost"> | undefined;
  /** The last position that its spool ever had. */
  readonly spooled?: number | undefined;
}

/** What is remembered for checkpoints that are made meanwhile. */
const UNVOUCHED_MAX = 100_000;

interface Seen extends ChainLink {
  readonly hash: string;
  readonly where: string;
}

export class ChainVerifier {
  readonly #checkpoints: Map<number, readonly Checkpoint[]>;
  /** Events behind the last checkpoint: one that is made while they are read may vouch for them. */
  readonly #unvouched = new Map<number, Seen>();
  readonly #most: Checkpoint | undefined;
  readonly #isSigned: boolean;
  readonly #explanations: Explanations;
  readonly #runs = new Runs();
  /** In the order in which they were met. */
  readonly #suspicions: Suspicion[] = [];
  #last: Seen | undefined;
  #first = 0;
  #events = 0;
  #unchained = 0;
  #vouched = 0;
  readonly #unsigned: ReadonlySet<Checkpoint>;
  readonly #agreeing = { signed: { count: 0, last: 0 }, remembered: { count: 0, last: 0 } };
  /** The link of `second` does not fit `first`: which of both was altered shows with the next. */
  #suspects: { readonly first: Seen; readonly second: Seen } | undefined;
  /** Files that could not be read to their end since the last event. */
  #torn: { readonly file: string; readonly why: string }[] = [];
  readonly #tornFiles: Finding[] = [];
  readonly #window: Window;

  constructor({ checkpoints = [], remembered = [], sink, times = {} }: VerifierOptions = {}) {
    this.#window = new Window(times);
    this.#isSigned = checkpoints.length > 0;
    this.#unsigned = new Set(remembered);
    const known = new Set(checkpoints.map(({ count, hash }) => `${count} ${hash}`));
    const all = [...checkpoints, ...remembered.filter(({ count, hash }) => !known.has(`${count} ${hash}`))];
    this.#checkpoints = byCount(all);
    this.#most = all.reduce<Checkpoint | undefined>(
      (most, one) => (most === undefined || one.count > most.count ? one : most),
      undefined,
    );
    this.#explanations = new Explanations(sink);
  }

  /** Position of the last event that was read. */
  get last(): number {
    return this.#last?.position ?? 0;
  }

  /** The next line. */
  line(text: string, where: string): void {
    const link = linkOf(text);
    if (link === undefined) return this.foreign(where);
    const seen: Seen = { ...link, hash: eventHash(Buffer.from(text)), where };
    this.#events += 1;
    this.#judgeSuspects(seen);
    const last = this.#last;
    const isChained = link.previous === last?.hash;
    if (last === undefined) {
      this.#first = link.position;
      if (link.position > 1) this.#leftOut(seen);
      if (link.position === 1 && link.previous !== NO_PREVIOUS) this.#altered(seen);
    } else if (link.position <= last.position) {
      this.#again(seen);
      return;
    } else if (isChained) {
      if (link.position !== last.position + 1) this.#altered(seen);
    } else if (link.position === last.position + 1) this.#suspects ??= { first: last, second: seen };
    else this.#leftOut(seen, last);
    this.#settleTorn(link.position - 1, where);
    this.#window.read(link.position, text, link.previous === last?.hash);
    this.#last = seen;
    this.#runs.add(seen, isChained);
    this.#compare(seen);
    const explanation = explanationIn(text, link.position);
    if (explanation !== undefined) this.#explanations.add(explanation);
  }

  /** A line that is no event of the chain; from before there was a chain is only what stands before its first. */
  foreign(where: string, as = "no event of the chain"): void {
    if (this.#last === undefined) this.#unchained += 1;
    else this.#found("foreign", this.#last.position, this.#last.position, where, `${where} is ${as}`);
  }

  /** What follows in that file cannot be read. */
  torn(file: string, why: string): void {
    this.#torn.push({ file, why });
  }

  /** Nothing follows. */
  end({ isLive = false, isPart = false, delivered, spooled = Infinity }: EndOptions = {}): Verdict {
    this.#judgeSuspects(undefined);
    const most = this.#most;
    this.#settleTorn(Math.max(this.last, most?.count ?? 0), "the end");
    if (!isLive && most !== undefined && most.count > this.last && (this.#last !== undefined || most.count > 0)) {
      this.#suspicions.push(missingAtEnd(this.last, this.#last?.where ?? "", most));
    }
    const cutOff = delivered === undefined ? undefined : undelivered(this.last, delivered);
    if (cutOff !== undefined) this.#suspicions.push(cutOffAtEnd(cutOff, this.#last?.where ?? ""));
    if (spooled < this.last) this.#suspicions.push(unknownAtEnd(spooled + 1, this.last, this.#last?.where ?? ""));
    const { said } = this.#explanations;
    const present = this.#runs.ranges;
    const vouched = this.#isSigned ? this.#runs.vouchedAmong(said) : new Set(said);
    const asked = (one: Suspicion) => this.#window.includes(one, this.#isSigned ? this.#vouched : Infinity);
    const left = this.#suspicions.filter((one): one is LeftOut => one.what === undefined && asked(one));
    const isAsked = ({ from, isForeign, late }: LeftOut) => from > 1 || isForeign || late !== undefined;
    const gaps = isPart ? left.filter(isAsked) : left;
    const explanations = this.#explanations.ofRecord(gaps, present, vouched);
    const explained = gaps.flatMap((gap) => explanations.of(gap));
    const contradicted = explanations.contradicted(present);
    return {
      // Where something else is wrong, words may be missing that this is about.
      finding:
        firstOf(this.#suspicions.filter(asked), gaps, explanations, most) ??
        (contradicted && [neverOffered(contradicted)].find(asked)),
      events: this.#events,
      first: this.#first,
      last: this.last,
      part: this.#window.part,
      unchained: this.#unchained,
      explained: [...new Set(explained)],
      dropped: gaps.reduce((count, gap) => count + explanations.droppedOf(gap), 0),
      torn: this.#tornFiles.filter(asked),
      checkpoints: this.#agreeing.signed.count,
      vouched: this.#agreeing.signed.last,
      remembered: this.#agreeing.remembered,
    };
  }

  /** Checkpoints that were made while the record was read: what they say of what was not read is not asked for. */
  late(checkpoints: readonly Checkpoint[]): void {
    for (const [count, made] of byCount(checkpoints)) this.#checkpoints.set(count, made);
    const known = this.#most?.count ?? 0;
    for (const [position, seen] of this.#unvouched) if (position > known) this.#agree(seen);
  }

  /** On their way to the file at the moment: neither in the spool nor dropped. */
  held(sink: string, ranges: readonly Range[]): void {
    this.#explanations.held(sink, ranges);
  }

  #remember(seen: Seen): void {
    this.#unvouched.set(seen.position, seen);
    // The oldest first: of an old copy of the checkpoints, millions may be behind the last.
    const oldest = this.#unvouched.keys().next().value;
    if (this.#unvouched.size > UNVOUCHED_MAX && oldest !== undefined) this.#unvouched.delete(oldest);
  }

  #compare(seen: Seen): void {
    if (this.#most !== undefined && seen.position > this.#most.count) this.#remember(seen);
    this.#agree(seen);
  }

  #agree({ position, hash, where }: Seen): void {
    for (const checkpoint of this.#checkpoints.get(position) ?? []) {
      if (checkpoint.hash === hash) {
        const agreeing = this.#agreeing[this.#unsigned.has(checkpoint) ? "remembered" : "signed"];
        agreeing.count += 1;
        agreeing.last = position;
        this.#vouched = position;
        this.#runs.vouch(position);
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

  /** What should stand between them, or before the first; from before there was a chain is only what stands before event 1. */
  #leftOut({ position, where }: Seen, last?: Seen): void {
    // What could not be read is not missing.
    if (this.#torn.length > 0) return;
    const isForeign = last === undefined && this.#unchained > 0;
    const from = (last?.position ?? 0) + 1;
    this.#suspicions.push({ what: undefined, from, to: position - 1, where, before: last, isForeign, late: undefined });
  }

  /** Files that could not be read are named with what was in them, as far as what stands around them says. */
  #settleTorn(to: number, before: string): void {
    for (const { file, why } of this.#torn.splice(0)) {
      const finding = tornFile(file, why, this.last + 1, to, before);
      this.#tornFiles.push(finding);
      this.#suspicions.push(finding);
    }
  }

  /** A position that was passed already. */
  #again({ position, where }: Seen): void {
    for (const one of this.#suspicions) {
      if (one.what !== undefined || position < one.from || position > one.to) continue;
      const [first, last] = one.late ?? [position, position];
      one.late = [Math.min(first, position), Math.max(last, position)];
      return;
    }
    this.#found("repeated", position, position, where, `event ${position} stands again at ${where}`);
  }

  #found(what: Wrong, from: number, to: number, where: string, message: string): void {
    this.#suspicions.push({ what, from, to, where, message });
  }
}
