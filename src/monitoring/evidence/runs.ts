// Runs of events that are chained to each other, and which words in them nobody can have made up: the chain says nothing over a gap.
import { spelledHash } from "../spool/chain.ts";
import type { Range } from "../spool/ranges.ts";
import { type Explanation, isNeverOffered } from "./explanations.ts";

interface Run {
  readonly first: number;
  last: { readonly position: number; readonly hash: string };
  /** The last event in it that a checkpoint vouches for. */
  vouched: number;
}

export class Runs {
  readonly #runs: Run[] = [];

  /** The next event: of the same run where it names the one before it. */
  add(last: { readonly position: number; readonly hash: string }, isChained: boolean): void {
    const run = this.#runs.at(-1);
    if (run !== undefined && isChained) run.last = last;
    else this.#runs.push({ first: last.position, last, vouched: 0 });
  }

  /** A checkpoint agrees with the event at that position. */
  vouch(position: number): void {
    const run = this.#runs.findLast(({ first }) => first <= position);
    if (run !== undefined) run.vouched = Math.max(run.vouched, position);
  }

  /** What is there. */
  get ranges(): readonly Range[] {
    return this.#runs.map(({ first, last }): Range => [first, last.position]);
  }

  /**
   * Words that a checkpoint in their own run vouches for; and those of a run whose last event such a word names as the one
   * before its gap.
   */
  vouchedAmong(words: readonly Explanation[]): ReadonlySet<Explanation> {
    const vouched = new Set<Explanation>();
    for (let before = -1; before < vouched.size;) {
      before = vouched.size;
      for (const word of words) if (this.#vouches(word)) vouched.add(word);
      for (const word of vouched) this.#pin(word);
    }
    return vouched;
  }

  #vouches({ by }: Explanation): boolean {
    const run = this.#runs.findLast(({ first }) => first <= by);
    return run !== undefined && by <= run.vouched;
  }

  #pin(word: Explanation): void {
    if (!isNeverOffered(word) || word.previous === undefined) return;
    const run = this.#runs.find(({ last }) => last.position === word.range[0] - 1);
    if (run !== undefined && spelledHash(run.last.hash) === word.previous) run.vouched = run.last.position;
  }
}
