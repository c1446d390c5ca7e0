// What several events of one group together mean. One pass, bounded state; each says how many there were when it is enough.
import { BaselineState } from "./baseline.ts";
import type { FieldValue, Observation } from "./field.ts";
import { COPIED_MAX, Keyed, keepable } from "./keyed.ts";
import type { DetectionRule } from "./rule.ts";

/** Groups of one rule that are remembered. */
const GROUPS_MAX = 10_000;
/** Those of rules that remember a history for each. */
const BASELINES_MAX = 5_000;

/** Takes one event of a group; a number when that makes it a detection: how many, or how much. */
export interface Correlator {
  take(group: string, event: Observation, selection: number): number | undefined;
  readonly groups: number;
}

export function correlatorOf(rule: DetectionRule): Correlator {
  const { correlation, timespanMs } = rule;
  switch (correlation.type) {
    case "event_count":
      return new EventCount(correlation.atLeast, timespanMs);
    case "value_count":
      return new ValueCount(correlation.atLeast, timespanMs, (event) => event.read(correlation.field));
    case "temporal":
    case "temporal_ordered":
      return new Temporal(rule.selections.length, timespanMs, correlation.type === "temporal_ordered");
    case "unusual": {
      const { field, of } = correlation;
      return new Unusual(correlation.baseline, of, field === undefined ? () => 1 : (event) => event.read(field));
    }
  }
}

/** In either direction: a clock may be set back, and what was counted then is over. */
function isFar(timeMs: number, otherMs: number, timespanMs: number): boolean {
  return Math.abs(timeMs - otherMs) > timespanMs;
}

/** So many events within the timespan. */
class EventCount implements Correlator {
  readonly #keyed: Keyed<{ times: Float64Array; at: number; filled: number }>;
  readonly #timespanMs: number;

  constructor(atLeast: number, timespanMs: number) {
    this.#timespanMs = timespanMs;
    this.#keyed = new Keyed({
      keysMax: GROUPS_MAX,
      keepMs: timespanMs,
      make: () => ({ times: new Float64Array(atLeast), at: 0, filled: 0 }),
    });
  }

  get groups(): number {
    return this.#keyed.size;
  }

  take(group: string, { timeMs }: Observation): number | undefined {
    const state = this.#keyed.of(group, timeMs);
    const { times } = state;
    times[state.at] = timeMs;
    state.at = (state.at + 1) % times.length;
    if (state.filled < times.length) state.filled += 1;
    // Now `at` is the oldest of as many as are needed.
    if (state.filled < times.length || isFar(timeMs, times[state.at] as number, this.#timespanMs)) return undefined;
    this.#keyed.delete(group);
    return times.length;
  }
}

/** So many different values within the timespan. */
class ValueCount implements Correlator {
  readonly #keyed: Keyed<Map<string | number, number>>;
  readonly #atLeast: number;
  readonly #timespanMs: number;
  readonly #valueOf: (event: Observation) => FieldValue;

  constructor(atLeast: number, timespanMs: number, valueOf: (event: Observation) => FieldValue) {
    this.#keyed = new Keyed({ keysMax: GROUPS_MAX, keepMs: timespanMs, make: () => new Map() });
    this.#atLeast = atLeast;
    this.#timespanMs = timespanMs;
    this.#valueOf = valueOf;
  }

  get groups(): number {
    return this.#keyed.size;
  }

  take(group: string, event: Observation): number | undefined {
    const given = this.#valueOf(event);
    if (given === undefined) return undefined;
    const value = typeof given === "string" ? keepable(given, COPIED_MAX) : given;
    const { timeMs } = event;
    const values = this.#keyed.of(group, timeMs);
    const isKnown = values.delete(value);
    values.set(value, timeMs);
    if (isKnown || values.size < this.#atLeast) return undefined;
    // In the order of their last time: what is too old stands in front.
    for (const [old, lastMs] of values) {
      if (!isFar(timeMs, lastMs, this.#timespanMs)) break;
      values.delete(old);
    }
    if (values.size < this.#atLeast) return undefined;
    this.#keyed.delete(group);
    return values.size;
  }
}

/** One of each selection within the timespan, in any order or in theirs. */
class Temporal implements Correlator {
  readonly #keyed: Keyed<Float64Array>;
  readonly #timespanMs: number;
  readonly #ordered: boolean;

  constructor(selections: number, timespanMs: number, ordered: boolean) {
    this.#timespanMs = timespanMs;
    this.#ordered = ordered;
    this.#keyed = new Keyed({
      keysMax: GROUPS_MAX,
      keepMs: timespanMs,
      make: () => new Float64Array(selections).fill(Number.NEGATIVE_INFINITY),
    });
  }

  get groups(): number {
    return this.#keyed.size;
  }

  take(group: string, { timeMs }: Observation, selection: number): number | undefined {
    const times = this.#keyed.of(group, timeMs);
    const before = times[selection - 1] ?? timeMs;
    if (this.#ordered && (timeMs - before > this.#timespanMs || timeMs < before)) return undefined;
    times[selection] = timeMs;
    const oldest = Math.min(...times);
    if (timeMs - oldest > this.#timespanMs) return undefined;
    if (this.#ordered && selection !== times.length - 1) return undefined;
    this.#keyed.delete(group);
    return times.length;
  }
}

/** More than this group's own past lets one expect. */
class Unusual implements Correlator {
  readonly #keyed: Keyed<BaselineState>;
  readonly #valueOf: (event: Observation) => FieldValue;

  constructor(
    baseline: ConstructorParameters<typeof BaselineState>[0],
    of: "count" | "sum" | "average",
    valueOf: (event: Observation) => FieldValue,
  ) {
    this.#keyed = new Keyed({
      keysMax: BASELINES_MAX,
      // Who was away for all that is remembered has no past any more.
      keepMs: baseline.buckets * baseline.bucketMs,
      make: () => new BaselineState(baseline, of === "average"),
    });
    this.#valueOf = valueOf;
  }

  get groups(): number {
    return this.#keyed.size;
  }

  take(group: string, event: Observation): number | undefined {
    const value = this.#valueOf(event);
    if (typeof value !== "number") return undefined;
    return this.#keyed.of(group, event.timeMs).take(event.timeMs, value);
  }
}
