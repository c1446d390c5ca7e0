// The form of a rule file: Sigma's rules and correlations, with what rules here need.
import { z } from "zod";
import { FIELD_NAMES, type FieldName, RULE_LEVELS } from "../../monitoring/index.ts";
import { duration } from "../schema/words.ts";

/** Largest count that a rule may wait for: so many times are kept for each group. */
const COUNT_MAX = 1_000;
const BUCKETS_MAX = 1_440;

const field = z.enum(FIELD_NAMES as [FieldName, ...FieldName[]], {
  error: `the name of a field: ${FIELD_NAMES.join(", ")}`,
});
const count = z.number().int().min(2).max(COUNT_MAX);
const ruleName = z.string().regex(/^[a-z0-9]+(?:-[a-z0-9]+)*$/, { error: "a name in lower case with hyphens" });
const rules = z.array(ruleName).min(1);
const shared = { rules, "group-by": z.array(field).min(1), timespan: duration };

const correlation = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("event_count"), ...shared, condition: z.strictObject({ gte: count }) }),
  z.strictObject({ type: z.literal("value_count"), ...shared, condition: z.strictObject({ gte: count, field }) }),
  z.strictObject({ type: z.enum(["temporal", "temporal_ordered"]), ...shared }),
  z.strictObject({
    type: z.literal("unusual"),
    ...shared,
    condition: z.strictObject({
      of: z.enum(["count", "sum", "average"]),
      field: field.optional(),
      deviations: z.number().min(2),
      floor: z.number().min(0),
      newcomer: z.number().min(0),
      buckets: z.number().int().min(10).max(BUCKETS_MAX),
    }),
  }),
]);

/** What many events together mean. */
export const correlationRuleSchema = z.strictObject({
  title: z.string().min(1),
  id: z.uuid(),
  name: ruleName,
  description: z.string().min(1),
  level: z.enum(RULE_LEVELS),
  status: z.enum(["stable", "test", "experimental"]).optional(),
  tags: z.array(z.string()).optional(),
  falsepositives: z.array(z.string()).min(1, "what else may look like it"),
  correlation,
  coolDown: duration.optional(),
});

/** Which events are meant. `detection` is compiled by its own reader. */
export const baseRuleSchema = z.strictObject({
  title: z.string().min(1).optional(),
  name: ruleName,
  logsource: z.strictObject({ product: z.literal("portcullis"), service: z.literal("audit").optional() }),
  detection: z.record(z.string(), z.unknown()),
});

export type WrittenCorrelation = z.infer<typeof correlationRuleSchema>;
