// The settings of a sink that delivers to Splunk's HTTP Event Collector.
import { z } from "zod";
import { FED_FIELDS } from "./destination-fields.ts";
import { authorities, dangerouslyAllowHttp, serverUrl, visible } from "./sink-words.ts";
import { duration, secret } from "./words.ts";

export const splunkSchema = z.strictObject({
  splunk: z
    .strictObject({
      url: z
        .union([serverUrl, z.array(serverUrl).min(1).max(32)])
        .describe(
          "The collector, or a list of them, tried in turn: https://splunk.example.com:8088. Without /services/…",
        ),
      token: secret.describe("The token of the HTTP Event Collector."),
      index: visible(80).optional().describe("Default: the token's own."),
      source: visible(255).optional().describe("Default portcullis."),
      sourcetype: visible(255).optional().describe("Default portcullis:audit, which integrations/splunk knows."),
      host: visible(255).optional().describe("Default: the name of this machine."),
      acknowledgement: z
        .enum(["auto", "required", "off"])
        .optional()
        .describe(
          "Whether an event counts as delivered only once it is indexed. auto: where the token has it. Default auto.",
        ),
      acknowledgementTimeout: duration
        .optional()
        .describe("How long indexing is waited for before events are sent again. Default 3m."),
      channel: z
        .string()
        .regex(/^[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$/, { error: "a GUID" })
        .optional()
        .describe("Names this gate to the collector. Default: made of the machine's name and the folder of this file."),
      gzip: z.boolean().optional().describe("Whether requests are packed. Default true."),
      timeout: duration.optional().describe("For one request and its whole answer. Default 30s."),
      ca: authorities,
      dangerouslyAllowHttp,
    })
    .describe("Splunk, by its HTTP Event Collector."),
  ...FED_FIELDS,
});
