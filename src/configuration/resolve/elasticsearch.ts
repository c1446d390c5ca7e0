// From what the user wrote under `elasticsearch` to the options of the destination, with its credentials and authorities.
import type { z } from "zod";
import { apiKeyAuthorization, basicAuthorization } from "../../sinks/elasticsearch/credentials.ts";
import type { ElasticsearchOptions } from "../../sinks/elasticsearch/options.ts";
import { name as nameOf } from "../issues.ts";
import type { elasticsearchSchema } from "../schema/elasticsearch.ts";
import { durationOr, sizeBytes } from "../schema/words.ts";
import { SINK_DEFAULTS } from "../sink-defaults.ts";
import type { KeyPath } from "../source.ts";
import type { Resolving } from "./resolving.ts";
import { resolveSecret } from "./secret.ts";
import { listOfUrls, resolveServer } from "./sink-server.ts";

type Written = z.infer<typeof elasticsearchSchema>["elasticsearch"];

const DEFAULTS = SINK_DEFAULTS.elasticsearch;

export async function resolveElasticsearch(
  written: Written,
  at: KeyPath,
  to: Resolving,
): Promise<ElasticsearchOptions> {
  const urls = listOfUrls(written.url, at);
  return {
    urls: urls.map(({ url }) => url),
    dataStream: written.dataStream ?? DEFAULTS.dataStream,
    authorization: await resolveCredentials(written, at, to),
    gzip: written.gzip ?? DEFAULTS.gzip,
    connectTimeoutMs: durationOr(written.connectTimeout, DEFAULTS.connectTimeoutMs),
    answerTimeoutMs: durationOr(written.answerTimeout, DEFAULTS.answerTimeoutMs),
    timeoutMs: durationOr(written.timeout, DEFAULTS.timeoutMs),
    recordsMax: written.recordsMax ?? DEFAULTS.recordsMax,
    bytesMax: written.requestBytesMax === undefined ? DEFAULTS.requestBytesMax : sizeBytes(written.requestBytesMax),
    keepForDays: written.keepFor === undefined ? undefined : Number.parseInt(written.keepFor, 10),
    ...(await resolveServer(urls, written, at, to)),
  };
}

async function resolveCredentials(written: Written, at: KeyPath, to: Resolving): Promise<string | undefined> {
  const { apiKey, username, password } = written;
  if (apiKey !== undefined && (username !== undefined || password !== undefined)) {
    to.error([...at, "apiKey"], "credentials-twice", `${nameOf(at)} has an API key and a user`, "Keep one of the two.");
    return undefined;
  }
  if ((username === undefined) !== (password === undefined)) {
    const missing = username === undefined ? "username" : "password";
    to.error(at, "missing-key", `${missing} is missing in ${nameOf(at)}`, "A user needs both: username and password.");
    return undefined;
  }
  if (username !== undefined && password !== undefined) {
    const text = await resolveSecret(password, [...at, "password"], to);
    return text === undefined ? undefined : basicAuthorization(username, text);
  }
  return apiKey === undefined ? undefined : await resolveApiKey(apiKey, [...at, "apiKey"], to);
}

async function resolveApiKey(
  written: NonNullable<Written["apiKey"]>,
  at: KeyPath,
  to: Resolving,
): Promise<string | undefined> {
  const key = await resolveSecret(written, at, to);
  if (key === undefined) return undefined;
  const authorization = apiKeyAuthorization(key);
  if (authorization !== undefined) return authorization;
  const remedy =
    "It is `encoded` of what POST /_security/api_key answered, or its id and api_key with a colon between.";
  to.error(at, "api-key-invalid", `${nameOf(at)} is no API key of Elasticsearch`, remedy);
  return undefined;
}
