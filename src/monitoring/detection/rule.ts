// What a detection rule is: a selection of events, and what many of them together mean. The form is Sigma's correlation.
import type { FieldName } from "./field.ts";
import type { Position } from "../../openapi/located.ts";
import type { AskedOperations, CompiledDetection } from "./selection.ts";

/** Sigma's words, from the least. */
export const RULE_LEVELS = ["informational", "low", "medium", "high", "critical"] as const;
export type RuleLevel = (typeof RULE_LEVELS)[number];

/** Where operations are asked for by name. */
export interface NamedOperations extends Pick<AskedOperations, "word" | "means"> {
  readonly position: Position | undefined;
}

/** A base rule: which events it speaks of. */
export interface Selection extends Omit<CompiledDetection, "operations"> {
  readonly name: string;
  /** As it is written: the same where nothing changed. */
  readonly text: string;
  readonly operations: readonly NamedOperations[];
}

/** How far above what is usual counts as unusual. Ours: Sigma has no word for it. */
export interface Baseline {
  /** Length of one measurement. */
  readonly bucketMs: number;
  /** How many measurements are remembered. */
  readonly buckets: number;
  /** So many deviations above the median are unusual. */
  readonly deviations: number;
  /** What is never unusual, however quiet it was before. */
  readonly floor: number;
  /** What is unusual of somebody who is not known yet. */
  readonly newcomer: number;
}

export type Correlation =
  | { readonly type: "event_count"; readonly atLeast: number }
  | { readonly type: "value_count"; readonly atLeast: number; readonly field: FieldName }
  | { readonly type: "temporal" | "temporal_ordered" }
  | {
      readonly type: "unusual";
      readonly of: "count" | "sum" | "average";
      readonly field: FieldName | undefined;
      readonly baseline: Baseline;
    };

export interface DetectionRule {
  /** Stable, for allow-lists and alerts: a UUID as Sigma has it. */
  readonly id: string;
  /** Short, in kebab-case: `detection.<name>` is the event's code. */
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly level: RuleLevel;
  /** MITRE ATT&CK, `T1110.003`. */
  readonly techniques: readonly string[];
  readonly falsePositives: readonly string[];
  readonly selections: readonly Selection[];
  readonly groupBy: readonly FieldName[];
  readonly timespanMs: number;
  readonly correlation: Correlation;
  /** How long the same group is silent after an alert. */
  readonly coolDownMs: number;
}
