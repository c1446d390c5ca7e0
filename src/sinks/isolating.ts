// Finds the records that a server refuses among those that it takes, where it judges only whole requests: one poisonous record
// must not hold up the others, and must not take them with it.
import type { Delivery, RecordOutcome, SpooledRecord } from "../monitoring/index.ts";

/** What a server said of one request. */
export type Verdict =
  | { readonly kind: "taken" }
  | { readonly kind: "judged"; readonly outcomes: readonly RecordOutcome[] }
  /**
   * It blames the content, and took nothing of it. `surely`: by a status that says so; otherwise a single record counts as
   * poisonous only where the same server takes another.
   */
  | { readonly kind: "refused"; readonly reason: string; readonly surely: boolean }
  | { readonly kind: "unavailable"; readonly reason: string; readonly retryAfterMs?: number | undefined };

export type Send = (records: readonly SpooledRecord[]) => Promise<Verdict>;

/** More are left for the next call: a server that refuses everything is not asked twice for each record at once. */
const REQUESTS_MAX = 64;
/** Records sent alone to see whether a server takes any. Chosen by chance, so that the same poison is not met each time. */
const PROBES = 3;

export async function deliverIsolating(records: readonly SpooledRecord[], send: Send): Promise<Delivery> {
  return new Isolation(records, send).run();
}

class Isolation {
  readonly #records: readonly SpooledRecord[];
  readonly #send: Send;
  readonly #outcomes: RecordOutcome[];
  #requests = 0;
  #takesSome = false;
  #trouble: { reason: string; retryAfterMs?: number | undefined } | undefined;

  constructor(records: readonly SpooledRecord[], send: Send) {
    this.#records = records;
    this.#send = send;
    this.#outcomes = records.map(() => "retry");
  }

  async run(): Promise<Delivery> {
    const waiting: [from: number, to: number][] = [[0, this.#records.length]];
    for (let part = waiting.shift(); part !== undefined && this.#requests < REQUESTS_MAX; part = waiting.shift()) {
      const [from, to] = part;
      const refused = await this.#offer(from, to);
      if (this.#trouble !== undefined) break;
      if (refused === undefined) continue;
      if (!refused.surely && !this.#takesSome && !(await this.#takesAny(from, to))) {
        this.#trouble ??= refused;
        break;
      }
      if (to - from === 1) this.#outcomes[from] = { dead: refused.reason };
      else {
        const middle = (from + to) >>> 1;
        waiting.push([from, middle], [middle, to]);
      }
    }
    return this.#delivery();
  }

  async #offer(from: number, to: number): Promise<Extract<Verdict, { kind: "refused" }> | undefined> {
    this.#requests += 1;
    const verdict = await this.#send(this.#records.slice(from, to));
    if (verdict.kind === "taken") {
      this.#outcomes.fill("delivered", from, to);
      this.#takesSome = true;
    } else if (verdict.kind === "judged") {
      for (const [i, outcome] of verdict.outcomes.entries()) this.#outcomes[from + i] = outcome;
      this.#takesSome ||= verdict.outcomes.includes("delivered");
    } else if (verdict.kind === "unavailable") this.#trouble = verdict;
    return verdict.kind === "refused" ? verdict : undefined;
  }

  /** One that is taken here is sent once more with its part: resent events have the same id. */
  async #takesAny(from: number, to: number): Promise<boolean> {
    if (to - from === 1) return false;
    for (let i = 0; i < PROBES && !this.#takesSome && this.#trouble === undefined; i += 1) {
      const at = from + Math.floor(Math.random() * (to - from));
      await this.#offer(at, at + 1);
    }
    return this.#takesSome;
  }

  #delivery(): Delivery {
    const again = this.#trouble?.retryAfterMs === undefined ? {} : { retryAfterMs: this.#trouble.retryAfterMs };
    if (this.#trouble !== undefined && this.#outcomes.every((outcome) => outcome === "retry")) {
      return { kind: "unavailable", reason: this.#trouble.reason, ...again };
    }
    return { kind: "answered", outcomes: this.#outcomes, ...again };
  }
}
