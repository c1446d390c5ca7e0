// What the record says of what is not in it: events that were dropped for a sink, removed by retention, or never offered to it.
import { spelledHash } from "../spool/chain.ts";
import { DROPPED, RETENTION, SINK_BEGAN } from "../spool/words.ts";
import { lengthOf, type Range, without, withRange } from "../spool/ranges.ts";

/** One event that explains why others are not there. */
export interface Explanation {
  /** `held`: no event says it, but the spool that feeds the file. */
  readonly kind: "dropped" | "retention" | "began" | "held";
  readonly sink: string;
  readonly range: Range;
  /** The hash of the event before, spelled as events have it. */
  readonly previous: string | undefined;
  /** Position of the event that says it. */
  readonly by: number;
  /** Of the spool's destinations: within one, a name stands for one record. */
  readonly generation: number;
  /** Of `began`: the record was fed before that generation, under that name. */
  readonly begun?: { readonly until: number; readonly formerly: string };
}

/** Positions that should stand before an event, and do not. */
export interface Gap {
  readonly from: number;
  readonly to: number;
  /** The event before, as it was read; undefined at the beginning. */
  readonly before: { readonly hash: string } | undefined;
}

const SUSPECT = '"code":"monitoring.';

/** Undefined for any other event. Texts that clients chose never stand where it looks. */
export function explanationIn(text: string, by: number): Explanation | undefined {
  if (!text.includes(SUSPECT)) return undefined;
  let event: { event?: Record<string, unknown>; portcullis?: { data?: Record<string, unknown> } };
  try {
    event = JSON.parse(text) as typeof event;
  } catch {
    return undefined;
  }
  const { dataset, code } = event.event ?? {};
  const { sink, generation = 0, first, since, until, last, previous, formerly = sink } = event.portcullis?.data ?? {};
  if (dataset !== "portcullis.system" || typeof sink !== "string" || typeof formerly !== "string") return undefined;
  if (!isCount(generation)) return undefined;
  const spelled = typeof previous === "string" ? previous : undefined;
  const explained = (kind: Explanation["kind"], from: unknown, to: unknown): Explanation | undefined => {
    if (!isPosition(from) || !isPosition(to) || from > to || to >= by) return undefined;
    return { kind, sink, range: [from, to], previous: spelled, by, generation };
  };
  if (code === DROPPED) return explained("dropped", since, last);
  if (code === RETENTION) return explained("retention", 1, last);
  if (code !== SINK_BEGAN || !isPosition(since) || !isPosition(first) || !isCount(until) || until > generation) return;
  const begun = { until, formerly };
  return { kind: "began", sink, range: [since, first - 1], previous: spelled, by, generation, begun };
}

function isCount(value: unknown): value is number {
  return value === 0 || isPosition(value);
}

function isPosition(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value > 0;
}

export class Explanations {
  readonly #said: Explanation[] = [];
  /** Those that a checkpoint vouches for, or what such a one names. */
  #vouched: ReadonlySet<Explanation> = new Set();
  #held: readonly Explanation[] = [];
  readonly #sink: string | undefined;

  /** `sink`: whose record it is; where that is not known, the one that explains most. */
  constructor(sink: string | undefined) {
    this.#sink = sink;
  }

  add(word: Explanation): void {
    this.#said.push(word);
  }

  /** On their way at the moment, as the spool's folder says. */
  held(sink: string, ranges: readonly Range[]): void {
    this.#held = ranges.map((range) => ({ kind: "held", sink, range, previous: undefined, by: 0, generation: 0 }));
  }

  get said(): readonly Explanation[] {
    return this.#said;
  }

  /**
   * Those of the sink whose record it is; where that is not known, of the one that explains most and contradicts least.
   * `vouched`: those that nobody can have made up.
   */
  ofRecord(gaps: readonly Gap[], present: readonly Range[], vouched: ReadonlySet<Explanation>): SinkExplanations {
    this.#vouched = vouched;
    const names = this.#sink === undefined ? [...new Set(this.#said.map(({ sink }) => sink)), ""] : [this.#sink];
    const candidates = names.map((name) => {
      const one = new SinkExplanations([...this.#held, ...this.#of(name, Infinity)], vouched);
      const missing = gaps.reduce((sum, gap) => sum + lengthOf(one.missingOf(gap)), 0);
      return { one, missing, wrong: one.contradicted(present) === undefined ? 0 : 1 };
    });
    candidates.sort((a, b) => a.missing - b.missing || a.wrong - b.wrong);
    return (candidates[0] as (typeof candidates)[number]).one;
  }

  /** What was said, before that generation, of the record that the name stood for then. */
  #of(name: string, until: number): Explanation[] {
    const ofIt = this.#said.filter((one) => one.sink === name && one.generation < until);
    const latest = ofIt
      .filter((one) => one.begun !== undefined && (this.#vouched.has(one) || one.begun.formerly === name))
      .sort((a, b) => b.generation - a.generation)[0];
    if (latest?.begun === undefined) return ofIt;
    const { generation, begun } = latest;
    const since = ofIt.filter((one) => one.generation >= generation);
    return [...this.#of(begun.formerly, begun.until), ...since];
  }
}

export class SinkExplanations {
  readonly #said: readonly Explanation[];
  /** Vouched for by no checkpoint: whoever can write the files could have written these. */
  readonly #unsigned: readonly Explanation[];

  constructor(said: readonly Explanation[], vouched: ReadonlySet<Explanation>) {
    this.#said = said.filter((one) => one.kind === "held" || vouched.has(one));
    this.#unsigned = said.filter((one) => one.kind !== "held" && !vouched.has(one));
  }

  /** Positions of a gap that nothing explains. */
  missingOf(gap: Gap, said: readonly Explanation[] = this.#said): Range[] {
    const ranges = said
      .filter((one) => mayExplain(one, gap))
      .reduce<Range[]>((all, { range }) => withRange(all, range), []);
    return without([gap.from, gap.to], ranges);
  }

  /** The event that says it, though nobody signed that it does. */
  unsignedOf(gap: Gap): number | undefined {
    const isSaid = this.missingOf(gap, [...this.#said, ...this.#unsigned]).length === 0;
    return isSaid ? this.#unsigned.find((one) => mayExplain(one, gap))?.by : undefined;
  }

  /** An event that names another one before the gap than stands there. */
  denialOf(gap: Gap): number | undefined {
    const { before } = gap;
    if (before === undefined) return undefined;
    const spelled = spelledHash(before.hash);
    const denies = ({ kind, range, previous }: Explanation) =>
      isNeverOffered({ kind }) && range[0] === gap.from && previous !== undefined && previous !== spelled;
    return this.#said.find(denies)?.by;
  }

  /** Events that stand there although an event says that they were never offered: somebody put them into the gap. */
  contradicted(present: readonly Range[]): { readonly range: Range; readonly by: number } | undefined {
    const found = this.#said.filter(isNeverOffered).flatMap(({ range, by }) =>
      present
        .map(([from, to]): Range => [Math.max(from, range[0]), Math.min(to, range[1])])
        .filter(([from, to]) => from <= to)
        .map((both) => ({ range: both, by })),
    );
    return found.sort((a, b) => a.range[0] - b.range[0])[0];
  }

  /** How many positions of a gap were dropped. */
  droppedOf(gap: Gap): number {
    const dropped = this.#said.filter(({ kind }) => kind === "dropped");
    return gap.to - gap.from + 1 - lengthOf(this.missingOf(gap, dropped));
  }

  /** What explains a gap, in the order of positions, without what others say as well. */
  of(gap: Gap): readonly Explanation[] {
    const all = this.#said.filter((one) => mayExplain(one, gap));
    const found = all.filter((one) => !all.some((other) => isWithin(one, other)));
    return found.sort((a, b) => a.range[0] - b.range[0] || a.by - b.by);
  }
}

/** Whether it speaks of what was never offered: unlike what retention removes, that was never there. */
export function isNeverOffered({ kind }: Pick<Explanation, "kind">): boolean {
  return kind === "dropped" || kind === "began";
}

/** Retention takes whole files from the beginning: it never leaves anything before a gap. */
function mayExplain({ kind, range }: Explanation, { from, to }: Gap): boolean {
  return (kind !== "retention" || from === 1) && Math.max(range[0], from) <= Math.min(range[1], to);
}

function isWithin({ range: [from, to], by }: Explanation, other: Explanation): boolean {
  const [first, last] = other.range;
  return first <= from && last >= to && (first < from || last > to || other.by > by);
}
