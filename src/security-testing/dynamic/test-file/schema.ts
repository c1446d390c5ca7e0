// `portcullis-test.yaml`: what a dynamic test cannot know of an API by itself. One schema for the file and for editors.
import { z } from "zod";
import { signInSchema } from "./sign-in-schema.ts";

const url = z.url({ protocol: /^https?$/, error: "an address such as http://127.0.0.1:3000/health" });
const command = z.union([
  z.string().min(1).describe("For the shell."),
  z.array(z.string().min(1)).min(1).describe("A program and its arguments, without a shell."),
]);
const values = z.record(z.string(), z.unknown());

const apiSchema = z
  .strictObject({
    start: command.optional().describe("Starts the API, in this file's folder; it is ended with the test."),
    ready: url.optional().describe("Answers once the API is up. Default: its address."),
    reset: z
      .union([
        z.strictObject({ post: url.describe("Where a POST does it.") }),
        z.strictObject({ command: command.describe("What does it.") }),
      ])
      .optional()
      .describe("Puts the API's data back to its beginning."),
    keys: z
      .strictObject({ post: url.describe("Takes a JWK Set.") })
      .optional()
      .describe("Where the API itself verifies tokens: how it is told to believe the test's keys as well."),
  })
  .describe("How the API is started and put back.");

const valuesSchema = z
  .strictObject({
    path: values.optional().describe("By name of the parameter."),
    query: values.optional().describe("By name of the parameter."),
    header: values.optional().describe("By name of the parameter."),
    cookie: values.optional().describe("By name of the parameter."),
    body: z.unknown().optional().describe("The body, or what of it matters: the rest is made by the schema."),
  })
  .describe("What no schema tells about the requests of one operation.");

const budgetSchema = z
  .strictObject({
    requests: z.number().int().min(1).optional().describe("In all. Default 100000."),
    minutes: z.number().positive().max(1440).optional().describe("In all. Default 30."),
    perSecond: z
      .number()
      .positive()
      .optional()
      .describe("At most. Default: 20 with --url; else as fast as answers come."),
    limitRequests: z
      .number()
      .int()
      .min(1)
      .optional()
      .describe(
        "The largest limit that is spent to its end, but for those by address alone. Larger ones are looked at only. Default 300.",
      ),
    addressLimitRequests: z
      .number()
      .int()
      .min(1)
      .optional()
      .describe("The largest that is spent of addressCeiling and failedAuthentication. Default 1500."),
  })
  .describe("How much a run may ask for.");

export const testFileSchema = z
  .strictObject({
    environment: z
      .record(z.string().regex(/^[A-Za-z_]\w*$/, { error: "a name of the environment" }), z.string())
      .optional()
      .describe("For the configuration and for the API's command, where the environment does not say it."),
    api: apiSchema.optional(),
    values: z.record(z.string(), valuesSchema).optional().describe("By operationId."),
    callers: z
      .record(z.string(), z.union([signInSchema, z.literal("none")]))
      .refine((callers) => Object.entries(callers).every(([name, told]) => name === "b" || told !== "none"), {
        error: "only b may be none: nobody else is needed",
      })
      .optional()
      .describe(
        "With --url: who signs in, and how. `a` and `b` are two ordinary callers of equal rights, b may be `none`; others by any name.",
      ),
    budget: budgetSchema.optional(),
    seed: z.union([z.string(), z.number()]).optional().describe("The same seed makes the same values."),
  })
  .describe("What `portcullis test dynamic` is told about the API.");

export type WrittenTestFile = z.infer<typeof testFileSchema>;
export type Command = z.infer<typeof command>;

/** For editors: published as portcullis-test.schema.json. */
export function testFileJsonSchema(): Record<string, unknown> {
  const { $schema, ...schema } = z.toJSONSchema(testFileSchema, { io: "input" });
  return { $schema, title: "portcullis-test.yaml", ...schema };
}
