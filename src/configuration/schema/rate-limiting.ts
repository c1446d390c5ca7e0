// The `rateLimiting` settings: how often and how many at once, by address, user, client, API key, claim or operation.
import { z } from "zod";
import { KEY_PARTS } from "../../rate-limiting/index.ts";
import { duration, mode } from "./words.ts";

const count = z.number().int().min(1).max(1_000_000_000);

const name = z.string().regex(/^[a-z][a-z0-9-]{0,30}$/, { error: "a name of lower-case letters, digits and hyphens" });
const keyPart = z.enum(KEY_PARTS);
const key = z.union([keyPart, z.array(keyPart).min(1)]);
const claim = z.array(z.string().min(1)).min(1);
const fallback = z.enum(["address", "none"]);
const whose = {
  claim: claim.optional().describe("Where in the verified token the value of the key `claim` is, such as [tenant]."),
  fallback: fallback
    .optional()
    .describe(
      "What counts where the key has no value, as for anonymous callers. Default address; none: they are not counted.",
    ),
};

const limitSchema = z
  .strictObject({
    name: name.optional().describe("Name in records and RateLimit fields. Default: its key."),
    limit: count.describe("How many requests."),
    window: duration.describe("In how long, such as 15m: never more than `limit` in any such time."),
    key: key
      .optional()
      .describe("Whose requests are counted together: one of these, or several in a list. Default subject."),
    ...whose,
    delayAfter: count
      .optional()
      .describe("How many pass at once: beyond it requests wait, each longer than the one before, up to the limit."),
    delay: duration.optional().describe("How much longer each of those waits than the one before. Default 500ms."),
    delayMax: duration.optional().describe("How long one waits at most, 30s or less. Default 5s."),
  })
  .describe("A limit: so many requests in any such time, for each key.");

const concurrencySchema = z
  .strictObject({
    name: name.optional().describe("Name in records. Default: concurrency, with its key."),
    limit: z.number().int().min(1).max(1_000_000).describe("How many requests at once."),
    key: key.optional().describe("Of whom. Left out: of all together."),
    ...whose,
    queue: z.number().int().min(0).max(10_000).optional().describe("How many wait for a place. Default 0."),
    timeout: duration.optional().describe("How long one waits at most, 30s or less. Default 1s."),
  })
  .describe("How many requests may be under way at once, for each key or all together.");

const concurrency = z
  .union([concurrencySchema, z.array(concurrencySchema)])
  .describe("How many requests at once: one limit or a list of them.");

const ceiling = z.strictObject({
  limit: count.describe("How many."),
  window: duration.describe("In how long, such as 15m."),
});

export const rateLimitingSchema = z
  .union([
    z.array(limitSchema),
    z.strictObject({
      mode: mode
        .optional()
        .describe(
          "monitor: note what would be refused, let it through. Default enforce. No off: `limits: []` removes all but the ceilings.",
        ),
      limits: z
        .array(limitSchema)
        .optional()
        .describe("Over all operations together. Default: 100 in 15m by subject, else address."),
      addressCeiling: ceiling
        .optional()
        .describe("All requests of one address together, before anything else. Default 1000 in 1m."),
      failedAuthentication: ceiling.optional().describe("Failed authentication of one address. Default 20 in 15m."),
      concurrency: concurrency.optional(),
      ipv4Prefix: z
        .number()
        .int()
        .min(8)
        .max(32)
        .optional()
        .describe("How many bits of an IPv4 address are one client. Default 32."),
      ipv6Prefix: z
        .number()
        .int()
        .min(32)
        .max(128)
        .optional()
        .describe("How many bits of an IPv6 address are one client. Default 64."),
    }),
  ])
  .describe("How often: limits over all operations. A list, or an object with the ceilings too.");

export const operationRateLimitingSchema = z
  .union([
    z.array(limitSchema),
    z.strictObject({
      mode: mode.optional().describe("enforce or monitor, for this operation. No off: monitor refuses nobody."),
      limits: z.array(limitSchema).optional().describe("Limits beside the general ones."),
      concurrency: concurrency.optional(),
    }),
  ])
  .describe("Limits of its own, beside the general ones.");
