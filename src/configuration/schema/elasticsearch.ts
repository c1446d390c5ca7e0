// The settings of a sink that delivers to Elasticsearch or OpenSearch.
import { z } from "zod";
import { FED_FIELDS } from "./destination-fields.ts";
import { authorities, dangerouslyAllowHttp, requestRecordsMax, serverUrl } from "./sink-words.ts";
import { duration, secret, size } from "./words.ts";

export const elasticsearchSchema = z.strictObject({
  elasticsearch: z
    .strictObject({
      url: z
        .union([serverUrl, z.array(serverUrl).min(1).max(32)])
        .describe("The server, or a list of the nodes of one cluster, which are asked in turn."),
      dataStream: z
        .string()
        .regex(/^[a-z0-9][a-z0-9._-]{0,199}$/, { error: "a name of small letters, digits, dots, - and _" })
        .optional()
        .describe("Where events go. Default logs-portcullis.audit-default."),
      apiKey: secret.optional().describe("Elasticsearch: an API key, as `encoded` or as id:key."),
      username: z
        .string()
        .regex(/^[^:\u0000-\u001f\u007f]+$/, { error: "a name without a colon" })
        .optional()
        .describe("With password, in place of an API key."),
      password: secret.optional().describe("Of that user."),
      connectTimeout: duration.optional().describe("To connect to a node. Default 5s."),
      answerTimeout: duration.optional().describe("From asking to the first byte of the answer. Default 30s."),
      timeout: duration.optional().describe("For one request and its whole answer. Default 60s."),
      recordsMax: requestRecordsMax.describe("The most events of one request. Default 1000."),
      requestBytesMax: size.optional().describe('About the largest request, before it is packed. Default "5MiB".'),
      gzip: z.boolean().optional().describe("Whether requests are packed. Default true."),
      keepFor: z
        .string()
        .regex(/^[1-9][0-9]{0,4}d$/, { error: 'a number of days, such as "400d"' })
        .optional()
        .describe("How long the lifecycle policy that `monitoring setup` makes keeps events. Default: for ever."),
      ca: authorities,
      dangerouslyAllowHttp,
    })
    .describe("Elasticsearch or OpenSearch: every event confirmed, by bulk requests into a data stream."),
  ...FED_FIELDS,
});
