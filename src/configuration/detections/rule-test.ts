// Tests of a rule, written beside it: events that must raise its alert, and events that must not.
import { LineCounter, parseDocument } from "yaml";
import { z } from "zod";
import {
  type DetectionRule,
  DetectionEngine,
  FIELD_NAMES,
  type FieldName,
  type Observation,
} from "../../monitoring/index.ts";
import { durationMs, duration } from "../schema/words.ts";

const fields = z.partialRecord(z.enum(FIELD_NAMES as [FieldName, ...FieldName[]]), z.union([z.string(), z.number()]));
/** `{i}` in a value is the number of the repetition. */
const step = z.union([
  z.strictObject({ repeat: z.number().int().min(1).max(100_000), every: duration, with: fields }),
  z.strictObject({ pause: duration }),
]);
const testCase = z.strictObject({ say: z.string().min(1), events: z.array(step).min(1) });
const schema = z.strictObject({
  rule: z.string(),
  alerts: z.array(testCase.extend({ times: z.number().int().min(1).optional() })).min(1),
  silent: z.array(testCase).min(1),
});

export interface RuleTestResult {
  readonly rule: string;
  readonly say: string;
  readonly expected: number;
  readonly fired: number;
}

/** Runs what stands in the file against its rule. What cannot be run is a sentence. */
export function runRuleTests(file: string, text: string, rules: readonly DetectionRule[]): RuleTestResult[] | string {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const [broken] = document.errors;
  if (broken !== undefined)
    return `${file}:${lines.linePos(broken.pos[0]).line}: this is not valid YAML: ${broken.message}`;
  const judged = schema.safeParse(document.toJS());
  if (!judged.success) {
    const [issue] = judged.error.issues;
    return `${file}: ${issue?.path.join(".") ?? ""}: ${issue?.message ?? "not a test of a rule"}`;
  }
  const { rule: name, alerts, silent } = judged.data;
  const rule = rules.find((one) => one.name === name);
  if (rule === undefined) return `${file}: there is no rule ${name}`;
  return [
    ...alerts.map(({ say, events, times = 1 }) => ({ rule: name, say, expected: times, fired: fired(rule, events) })),
    ...silent.map(({ say, events }) => ({ rule: name, say, expected: 0, fired: fired(rule, events) })),
  ];
}

type Step = z.infer<typeof step>;

function fired(rule: DetectionRule, steps: readonly Step[]): number {
  let count = 0;
  const engine = new DetectionEngine({ rules: [rule], onDetection: () => void (count += 1) });
  let timeMs = Date.UTC(2026, 0, 1);
  for (const one of steps) {
    if ("pause" in one) {
      timeMs += durationMs(one.pause);
      continue;
    }
    const everyMs = durationMs(one.every);
    for (let i = 0; i < one.repeat; i += 1) {
      engine.take(observationOf(one.with, i, timeMs));
      timeMs += everyMs;
    }
  }
  return count;
}

function observationOf(written: z.infer<typeof fields>, i: number, timeMs: number): Observation {
  return {
    timeMs,
    requestId: `test-${i}`,
    read: (name) => {
      const value = written[name];
      return typeof value === "string" ? value.replaceAll("{i}", String(i)) : value;
    },
  };
}
