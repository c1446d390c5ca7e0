// Watches what is recorded: rules over each event as it ends, in which mode each rule is, what is expected of whom.
import type { Exchange } from "../../core/exchange.ts";
import type { SystemEvent } from "../../core/record.ts";
import type { AlertMode } from "../alert-event.ts";
import type { Classification } from "../classification.ts";
import { type Detection, DetectionEngine } from "./engine.ts";
import type { Observation } from "./field.ts";
import { LiveObservation, systemObservation } from "./observation.ts";
import type { ResponseMeasure } from "./response.ts";
import type { DetectionRule, NamedOperations } from "./rule.ts";
import type { Predicate } from "./selection.ts";

/** What is expected, until when. */
export interface Allowance {
  readonly matches: Predicate;
  readonly untilMs: number;
  readonly operations?: readonly NamedOperations[];
}

/** A rule as its owner wants it. */
export interface WatchedRule {
  readonly rule: DetectionRule;
  readonly mode: AlertMode;
  readonly allowances: readonly Allowance[];
  /** What is done about whoever it names, in mode `enforce`. Nothing by default. */
  readonly respond?: readonly ResponseMeasure[] | undefined;
}

export interface WatchSettings {
  readonly watched: readonly WatchedRule[];
  /** What they were made of. */
  readonly text: string;
}

/**
 * Told behind the listener, of what has responses. `isRepeated`: nobody is alerted again so soon, but who was held back and
 * goes on is not to be free until then.
 */
export type Responder = (detection: Detection, measures: readonly ResponseMeasure[], isRepeated: boolean) => void;

export type OnDetection = (detection: Detection, mode: AlertMode) => void;

export class Detector {
  #engine!: DetectionEngine;
  #modes!: ReadonlyMap<DetectionRule, AlertMode>;
  #text: string | undefined;
  readonly #live = new LiveObservation();
  readonly #fired = new Map<string, number>();
  #listener: OnDetection = () => undefined;
  #responder: Responder = () => undefined;
  #responses!: ReadonlyMap<DetectionRule, readonly ResponseMeasure[]>;
  #faults = 0;

  constructor(settings: WatchSettings) {
    this.watch(settings);
  }

  /** Takes over other rules; what was counted so far is forgotten then. Nothing happens where they are the same. */
  watch({ watched, text }: WatchSettings): void {
    if (text === this.#text) return;
    this.#text = text;
    this.#modes = new Map(watched.map(({ rule, mode }) => [rule, mode]));
    // From the beginning: who counts alerts over time sees the first one by the zero before it.
    for (const { rule, mode } of watched) this.#count(rule, mode, 0);
    this.#responses = new Map(
      watched.flatMap(({ rule, mode, respond }) =>
        mode === "enforce" && respond !== undefined ? [[rule, respond] as const] : [],
      ),
    );
    const allowances = new Map(watched.map(({ rule, allowances }) => [rule, allowances]));
    this.#engine = new DetectionEngine({
      rules: watched.map(({ rule }) => rule),
      isAllowed: (rule, event) =>
        (allowances.get(rule) ?? []).some(({ matches, untilMs }) => event.timeMs < untilMs && matches(event)),
      onDetection: (detection) => this.#detected(detection),
      onRepetition: (detection) => this.#respond(detection, true),
    });
  }

  /** Who is told. One only: the recorder, which tells others. */
  listen(listener: OnDetection): void {
    this.#listener = listener;
  }

  /** Who acts on what rules respond with. One only. */
  respondBy(responder: Responder): void {
    this.#responder = responder;
  }

  /** Never throws: what is wrong with a rule must not cost the record of an exchange. */
  exchange(exchange: Exchange, found: Classification, endedMs: number): void {
    try {
      this.#engine.take(this.#live.fill(exchange, found, endedMs));
    } catch {
      this.#faults += 1;
    }
  }

  /** An event that was stored. Throws where a rule fails. */
  observe(event: Observation): void {
    this.#engine.take(event);
  }

  system(event: SystemEvent, timeMs: number): void {
    try {
      this.#engine.take(systemObservation(event, timeMs));
    } catch {
      this.#faults += 1;
    }
  }

  /** Alerts so far by rule and mode, groups that are remembered, events over which a rule failed. */
  snapshot(): {
    readonly fired: ReadonlyMap<string, number>;
    readonly groups: Readonly<Record<string, number>>;
    readonly faults: number;
  } {
    return { fired: this.#fired, groups: this.#engine.groups(), faults: this.#faults };
  }

  #detected(detection: Detection): void {
    const mode = this.#modes.get(detection.rule) ?? "monitor";
    this.#count(detection.rule, mode, 1);
    this.#listener(detection, mode);
    this.#respond(detection, false);
  }

  #count({ name, level }: DetectionRule, mode: AlertMode, by: number): void {
    const key = `${name}\u0000${level}\u0000${mode}`;
    this.#fired.set(key, (this.#fired.get(key) ?? 0) + by);
  }

  #respond(detection: Detection, isRepeated: boolean): void {
    const measures = this.#responses.get(detection.rule);
    if (measures !== undefined) this.#responder(detection, measures, isRepeated);
  }
}
