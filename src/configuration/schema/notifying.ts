// The settings of sinks that people read: mail and chat. They get alerts, and nothing else.
import { z } from "zod";
import { DESTINATION_FIELDS } from "./destination-fields.ts";
import { authorities, dangerouslyAllowHttp } from "./sink-words.ts";
import { duration, secret } from "./words.ts";

const address = z
  .string()
  .regex(/^[^\s<>",;@]{1,64}@[^\s<>",;@]{1,255}$/, { error: "an e-mail address, such as ops@example.com" });

const every = duration.optional();

export const mailSinkSchema = z.strictObject({
  mail: z
    .strictObject({
      smtp: secret.describe("smtps://user:password@host, or smtp://host:587 (with STARTTLS)."),
      from: z
        .string()
        .regex(/^[^\r\n]{3,320}$/, { error: "one line" })
        .describe('Sender: "Portcullis <gate@example.com>".'),
      to: z.array(address).min(1).max(20).describe("Who gets them."),
      every: every.describe("At most one mail in so long: what comes meanwhile is in the next. Default 5m."),
    })
    .describe("Alerts by mail."),
  ...DESTINATION_FIELDS,
});

export const slackSchema = z.strictObject({
  slack: z
    .strictObject({
      url: secret.describe("Incoming webhook of Slack, or of what is compatible with it: ${NAME} or { file: path }."),
      every: every.describe("At most one message in so long. Default 1m."),
      timeout: duration.optional().describe("For one request and its answer. Default 30s."),
      ca: authorities,
      dangerouslyAllowHttp,
    })
    .describe("Alerts into a chat."),
  ...DESTINATION_FIELDS,
});
