// Sinks that confirm what they took: one schema for each kind, all fed from the spool.
import { elasticsearchSchema } from "./elasticsearch.ts";
import { mailSinkSchema, slackSchema } from "./notifying.ts";
import { otlpSchema } from "./otlp.ts";
import { splunkSchema } from "./splunk.ts";
import { syslogSchema } from "./syslog.ts";
import { webhookSchema } from "./webhook.ts";

/** A kind is added here, and in `compose/destinations.ts` under the same key. */
export const DESTINATION_SCHEMAS = [
  elasticsearchSchema,
  splunkSchema,
  syslogSchema,
  otlpSchema,
  webhookSchema,
  mailSinkSchema,
  slackSchema,
] as const;
