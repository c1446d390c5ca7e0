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

const value = z.union([z.string(), z.number()], { error: "must be text or a number" });
const fields = z.partialRecord(z.enum(FIELD_NAMES as [FieldName, ...FieldName[]]), value);
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
    return `${file}: ${whatIsWrong(judged.error.issues)}`;
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
type Issue = z.core.$ZodIssue;

const LIST = new Intl.ListFormat("en-GB");
const STEP_FORMS = "Write { repeat: 10, every: 1s, with: { user.id: eve } }, or { pause: 1m }.";

/** The first mistake, and what else is missing in the same place. */
function whatIsWrong(issues: readonly Issue[], at: readonly PropertyKey[] = []): string {
  const [first] = issues as [Issue];
  const path = [...at, ...first.path];
  if (first.code === "invalid_union" && path.at(-2) === "events") {
    const [repeated, paused] = first.errors as [Issue[], Issue[]];
    const isPause = !paused.some((one) => isMissing(one) && one.path[0] === "pause");
    return `${whatIsWrong(isPause ? paused : repeated, path)}. ${STEP_FORMS}`;
  }
  if (!isMissing(first)) return `${path.join(".")}: ${first.message}`;
  const place = path.slice(0, -1).join(".");
  const beside = issues.filter((one) => isMissing(one) && [...at, ...one.path].slice(0, -1).join(".") === place);
  const keys = beside.map((one) => String(one.path.at(-1)));
  const said = `${LIST.format(keys)} ${keys.length === 1 ? "is" : "are"} missing`;
  return place === "" ? said : `${place}: ${said}`;
}

function isMissing(issue: Issue): boolean {
  return issue.code === "invalid_type" && issue.path.length > 0 && issue.message.endsWith("received undefined");
}

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
