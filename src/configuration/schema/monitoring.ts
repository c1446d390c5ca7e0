// The `monitoring` settings: where audit events go.
import { z } from "zod";
import { size } from "./words.ts";

export const monitoringSchema = z
  .strictObject({
    sinks: z
      .array(
        z.union([
          z.literal("console").describe("Readable lines on a terminal, JSON lines otherwise."),
          z.strictObject({
            file: z.string().min(1).describe("JSON lines, rotated; relative to this file."),
            fileBytesMax: size.optional().describe('Size at which the file is rotated. Default "100MB".'),
            filesMax: z
              .number()
              .int()
              .min(1)
              .max(1_000)
              .optional()
              .describe("How many rotated files are kept. Default 10."),
          }),
        ]),
      )
      .optional()
      .describe("Where audit events are written. Default [console]."),
  })
  .describe("What happened: audit events in Elastic Common Schema.");
