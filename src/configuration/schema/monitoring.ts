// The `monitoring` settings: where audit events go, and in which form.
import { z } from "zod";
import { DESTINATION_FIELDS } from "./destination-fields.ts";
import { DESTINATION_SCHEMAS } from "./destinations.ts";
import { textWebhookSchema } from "./webhook.ts";
import { duration, level, modeOrOff, secret, size } from "./words.ts";

const consoleSchema = z.strictObject({
  console: z
    .strictObject({
      format: z
        .enum(["auto", "readable", "json"])
        .optional()
        .describe("auto: readable on a terminal, JSON lines otherwise. Default auto."),
      level,
    })
    .describe("Standard output."),
});

const fileSchema = z.strictObject({
  file: z.string().min(1).describe("JSON lines, rotated; relative to this file."),
  ...DESTINATION_FIELDS,
  fileBytesMax: size.optional().describe('Size at which the file is rotated. Default "100MiB".'),
  rotateEvery: duration.optional().describe("Time after which it is rotated also, such as 1d. Default: by size only."),
  filesMax: z.number().int().min(1).max(1_000).optional().describe("How many rotated files are kept. Default 10."),
  gzip: z.boolean().optional().describe("Whether rotated files are packed. Default false."),
  rotatedBy: z
    .enum(["portcullis", "others"])
    .optional()
    .describe("others: logrotate moves the file and sends SIGHUP. Default portcullis."),
  flushAfter: duration
    .optional()
    .describe("How long an event may wait to be written: what a crash can lose. Default 10ms."),
});

const spoolSchema = z
  .strictObject({
    folder: z
      .string()
      .min(1)
      .optional()
      .describe("Its folder, relative to this file; made where it is not there. Default audit-spool."),
    bytesMax: size.optional().describe('The most that may wait there. Default "1024MiB".'),
    durability: z
      .enum(["fsync", "memory"])
      .optional()
      .describe("fsync: what is written survives the loss of power. memory: that of the process only. Default fsync."),
    whenFull: z
      .enum(["block", "drop-oldest", "drop-newest"])
      .optional()
      .describe(
        "block: requests are refused with 503 until there is room. The others drop events, and count them. Default block.",
      ),
  })
  .describe(
    "Where events wait on disk until every sink but the console has them. There is one as soon as a sink confirms.",
  );
const allowance = z.strictObject({
  when: z.record(z.string(), z.unknown()).describe("What is expected: fields as in a rule's selection."),
  until: z.string().min(1).describe("The day on which it ends: 2027-03-31."),
  why: z.string().min(1).describe("Why it is expected, for whoever reads it."),
});

const whom = z.enum(["address", "subject"]).optional().describe("Whom: as the rule groups. Default address.");
const responseSchema = z
  .strictObject({
    ban: duration.optional().describe("No request of theirs passes for so long, such as 15m."),
    limit: z
      .strictObject({
        limit: z.number().int().min(1).describe("Requests in the window."),
        window: duration.describe("In how long, such as 1m."),
        for: duration.describe("How long that holds, such as 1h."),
      })
      .optional()
      .describe("A tighter limit for a time."),
    of: whom,
    stepUp: duration.optional().describe("The subject must show a second factor for so long (RFC 9470)."),
    revoke: z
      .enum(["token", "session"])
      .optional()
      .describe("The token is refused from now on, or its whole session, which the built-in identity ends."),
  })
  .describe("What is done about whoever the rule names, in mode enforce only. Default: nothing.");

const watched = z.strictObject({
  mode: modeOrOff.optional().describe("monitor: alerts are recorded and wake nobody. Default: detections.mode."),
  respond: responseSchema.optional(),
  allow: z.array(allowance).optional().describe("What is expected, until when."),
});

const detectionsSchema = z
  .strictObject({
    mode: modeOrOff.optional().describe("What is done with alerts. Default enforce."),
    folder: z.string().min(1).optional().describe("Folder with rules of your own, beside those that come along."),
    sanctions: z
      .string()
      .min(1)
      .optional()
      .describe("File of who is held back for a time. Default sanctions.json, where a rule responds."),
    neverBan: z
      .array(z.string().min(1))
      .optional()
      .describe("Addresses and networks that are never held back; trusted proxies are not anyway. Default: none."),
    rules: z.record(z.string(), watched).optional().describe("By the name of a rule."),
  })
  .describe("Attacks that are recognised while they happen.");

const checkpointsSchema = z
  .strictObject({
    key: secret.describe("Signs them: made by portcullis audit key."),
    file: z
      .string()
      .min(1)
      .optional()
      .describe(
        "Where they are written, best where nobody who can change the record can. Default audit-checkpoints.txt.",
      ),
    webhook: textWebhookSchema.optional(),
    every: duration.optional().describe("How often at least, also when nothing happens. Default 1m."),
    records: z.number().int().min(1).optional().describe("After how many events at the latest. Default 10000."),
  })
  .describe("Signed notes of how many events there are and of the hash of the last: they make the chain evidence.");

export const monitoringSchema = z
  .strictObject({
    sinks: z
      .array(
        z.union([
          z.literal("console").describe("Readable lines on a terminal, JSON lines otherwise."),
          consoleSchema,
          fileSchema,
          ...DESTINATION_SCHEMAS,
        ]),
      )
      .optional()
      .describe("Where audit events are written. Default [console]."),
    spool: spoolSchema.optional(),
    checkpoints: checkpointsSchema.optional(),
    detections: detectionsSchema.optional(),
    traces: z
      .strictObject({
        ratio: z
          .number()
          .min(0)
          .max(1)
          .optional()
          .describe("Of the requests that bring no traceparent, the part that is traced: 0 to 1. Default 0.05."),
        perSecondMax: z
          .number()
          .int()
          .min(1)
          .max(100_000)
          .optional()
          .describe("The most of all that are traced in a second, whatever clients ask for. Default 50."),
      })
      .optional()
      .describe("Measures each guard for a part of the requests: spans, where an otlp sink sends them. Default: none."),
    hashKey: z
      .union([secret, z.array(secret).min(1).max(2)])
      .optional()
      .describe(
        "Keys the hashes of token ids, so that they compare across restarts and machines. Two while one takes the other's place, the new one first. Default: random.",
      ),
  })
  .describe("What happened: audit events in Elastic Common Schema.");
