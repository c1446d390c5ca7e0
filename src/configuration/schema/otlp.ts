// The settings of a sink that delivers to a collector of OpenTelemetry.
import { z } from "zod";
import { FED_FIELDS } from "./destination-fields.ts";
import { authorities, dangerouslyAllowHttp, requestRecordsMax, serverUrl } from "./sink-words.ts";
import { duration, secret, size } from "./words.ts";

export const otlpSchema = z.strictObject({
  otlp: z
    .strictObject({
      url: serverUrl.describe(
        "The collector, for OTLP over HTTP: https://collector.example.com:4318. Without /v1/logs.",
      ),
      signals: z
        .array(z.enum(["logs", "traces", "metrics"]))
        .min(1)
        .optional()
        .describe("What is sent. Traces are there only with monitoring.traces. Default [logs, traces]."),
      metricsEvery: duration.optional().describe("How often metrics are sent, where they are. Default 60s."),
      headers: z
        .record(z.string(), secret)
        .optional()
        .describe('Fields that the collector asks for: { Authorization: "${AUTHORIZATION}" }.'),
      resource: z
        .record(z.string().min(1).max(255), z.string().max(1_024))
        .optional()
        .describe("Attributes of every record: { deployment.environment.name: production }."),
      recordsMax: requestRecordsMax.describe("The most events of one request. Default 500."),
      requestBytesMax: size.optional().describe('About the largest request, before it is packed. Default "1MiB".'),
      gzip: z.boolean().optional().describe("Whether requests are packed. Default true."),
      timeout: duration.optional().describe("For one request and its whole answer. Default 30s."),
      ca: authorities,
      certificate: z.string().min(1).optional().describe("PEM file, where the collector asks who we are. With key."),
      key: z.string().min(1).optional().describe("PEM file: the private key of that certificate."),
      dangerouslyAllowHttp,
    })
    .describe("A collector of OpenTelemetry, by OTLP over HTTP."),
  ...FED_FIELDS,
});
