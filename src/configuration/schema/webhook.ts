// The settings of a sink that delivers to any HTTP server, signed.
import { z } from "zod";
import { FED_FIELDS } from "./destination-fields.ts";
import { authorities, dangerouslyAllowHttp, requestRecordsMax } from "./sink-words.ts";
import { duration, secret, size } from "./words.ts";

const SERVER = {
  url: secret.describe("Where it is posted to. It may be a secret itself: ${NAME} or { file: path }."),
  secret: z
    .union([secret, z.array(secret).min(1).max(2)])
    .describe(
      "Keys the signature: whsec_ and base64, or text. Two while one takes the other's place, the new one first.",
    ),
  headers: z
    .record(z.string(), secret)
    .optional()
    .describe("Fields that the server asks for, such as an API key: { X-Api-Key: ${NAME} }."),
  timeout: duration.optional().describe("For one request and its answer. Default 30s."),
  ca: authorities,
  dangerouslyAllowHttp,
};

/** Of checkpoints: one text, signed like events are. */
export const textWebhookSchema = z
  .strictObject(SERVER)
  .describe("Any HTTP server that each of them is posted to, as text, signed like events are.");

export const webhookSchema = z.strictObject({
  webhook: z
    .strictObject({
      ...SERVER,
      format: z
        .enum(["json", "ndjson"])
        .optional()
        .describe("json: a list of events. ndjson: an event on each line. Default json."),
      recordsMax: requestRecordsMax.describe("The most events of one request. Default 500."),
      requestBytesMax: size.optional().describe('About the largest request. Default "1MiB".'),
    })
    .describe("Any HTTP server: signed requests with batches of events."),
  ...FED_FIELDS,
});
