// The `rateLimiting` settings: how often, by address, user or client.
import { z } from "zod";
import { duration, mode } from "./words.ts";

const count = z.number().int().min(1).max(1_000_000_000);

const limitSchema = z
  .strictObject({
    name: z
      .string()
      .regex(/^[a-z][a-z0-9-]{0,30}$/, { error: "a name of lower-case letters, digits and hyphens" })
      .optional()
      .describe("Name in records and RateLimit fields. Default: its key."),
    limit: count.describe("How many requests."),
    window: duration.describe("In how long, such as 15m: never more than `limit` in any such time."),
    key: z
      .enum(["address", "subject", "client"])
      .optional()
      .describe("Whose requests are counted together. Default subject."),
    fallback: z
      .enum(["address", "none"])
      .optional()
      .describe(
        "What counts where the key has no value, as for anonymous callers. Default address; none: they are not counted.",
      ),
  })
  .describe("A limit: so many requests in any such time, for each key.");

const ceiling = z.strictObject({
  limit: count.describe("How many."),
  window: duration.describe("In how long, such as 15m."),
});

export const rateLimitingSchema = z
  .union([
    z.array(limitSchema),
    z.strictObject({
      mode: mode.optional().describe("monitor: note what would be refused, let it through. Default enforce."),
      limits: z
        .array(limitSchema)
        .optional()
        .describe("Over all operations together. Default: 100 in 15m by subject, else address."),
      addressCeiling: ceiling
        .optional()
        .describe("All requests of one address together, before anything else. Default 1000 in 1m."),
      failedAuthentication: ceiling.optional().describe("Failed authentication of one address. Default 20 in 15m."),
    }),
  ])
  .describe("How often: limits over all operations. A list, or an object with the ceilings too.");

export const operationRateLimitingSchema = z
  .union([
    z.array(limitSchema),
    z.strictObject({
      mode: mode.optional().describe("enforce or monitor, for this operation."),
      limits: z.array(limitSchema).optional().describe("Limits beside the general ones."),
    }),
  ])
  .describe("Limits of its own, beside the general ones.");
