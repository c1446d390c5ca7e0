// Guards the settings of the Elasticsearch sink: each reaches its options, and each mistake is told with its place and what to do.
import { describe, expect, it } from "vitest";
import type { ElasticsearchOptions } from "../../src/sinks/elasticsearch/options.ts";
import { Authority } from "../sinks/certificates.ts";
import { OAUTH } from "./composing.ts";
import { load, refusals } from "./loading.ts";

const env = { KEY: "c2VjcmV0OmtleQ==", PASSWORD: "secret: word" };
const written = (inside: string): string =>
  `openapi: openapi.yaml\n${OAUTH}monitoring:\n  sinks: [{ elasticsearch: ${inside} }]\n`;

async function optionsOf(inside: string, files: Record<string, string> = {}): Promise<ElasticsearchOptions> {
  const { settings } = await load(written(inside), { env, files });
  return settings.monitoring.destinations[0]?.options as ElasticsearchOptions;
}

describe("the Elasticsearch sink", () => {
  it("needs an address alone", async () => {
    expect(await optionsOf('{ url: "https://es.example:9200" }')).toEqual({
      urls: ["https://es.example:9200"],
      dataStream: "logs-portcullis.audit-default",
      authorization: undefined,
      ca: undefined,
      gzip: true,
      connectTimeoutMs: 5_000,
      answerTimeoutMs: 30_000,
      timeoutMs: 60_000,
      recordsMax: 1_000,
      bytesMax: 5 * 1_048_576,
      keepForDays: undefined,
      dangerouslyAllowHttp: false,
    });
  });

  it("takes every setting", async () => {
    const authority = new Authority();
    authority.remove();
    const options = await optionsOf(
      '{ url: ["https://a:9200", "http://[::1]:9200/es"], dataStream: audit.orders_1, username: gate, password: "${PASSWORD}", ' +
        "ca: ca.pem, gzip: false, connectTimeout: 1s, answerTimeout: 2s, timeout: 3s, recordsMax: 10, requestBytesMax: 1MiB, keepFor: 400d }",
      { "ca.pem": authority.ca },
    );
    expect(options).toEqual({
      urls: ["https://a:9200", "http://[::1]:9200/es"],
      dataStream: "audit.orders_1",
      authorization: `Basic ${Buffer.from("gate:secret: word").toString("base64")}`,
      ca: authority.ca,
      gzip: false,
      connectTimeoutMs: 1_000,
      answerTimeoutMs: 2_000,
      timeoutMs: 3_000,
      recordsMax: 10,
      bytesMax: 1_048_576,
      keepForDays: 400,
      dangerouslyAllowHttp: false,
    });
  });

  it.each([
    ['"${KEY}"', "ApiKey c2VjcmV0OmtleQ=="],
    ["{ file: key }", `ApiKey ${Buffer.from("id-1:the-key").toString("base64")}`],
  ])("takes an API key as the server shows it: %s", async (apiKey, authorization) => {
    const options = await optionsOf(`{ url: "https://es:9200", apiKey: ${apiKey} }`, { key: "id-1:the-key\n" });
    expect(options.authorization).toBe(authorization);
  });

  it("warns of what is dangerous, and of a secret in the file", async () => {
    const dangerous = '{ url: "http://es.example:9200", dangerouslyAllowHttp: true, apiKey: c2VjcmV0 }';
    const { settings, warnings } = await load(written(dangerous), { env });
    expect(settings.monitoring.destinations[0]?.options).toMatchObject({ dangerouslyAllowHttp: true });
    const told = warnings.map(({ message }) => message).join("\n");
    expect(told).toContain("unencrypted");
    expect(told).toContain("apiKey stands in the configuration in clear");
  });

  it.each([
    ["", "url is missing in monitoring.sinks[0].elasticsearch"],
    ['url: "http://es.example:9200"', "plain http to another machine"],
    ['url: ["https://a", "http://es.example:9200"]', "elasticsearch.url[1] is plain http to another machine"],
    ['url: "https://u:secret@es:9200"', "https URL without user name"],
    ['url: "https://es:9200/?pretty"', "https URL without user name and query"],
    ['url: "ftp://es"', "https URL"],
    ["url: []", "url"],
    ['url: "https://es", dataStream: Audit', "a name of small letters, digits, dots, - and _"],
    ['url: "https://es", dataStream: "../x"', "a name of small letters"],
    ['url: "https://es", dataStream: ".ds-x"', "a name of small letters"],
    ['url: "https://es", apiKey: "${KEY}", username: u', "has an API key and a user | Keep one of the two."],
    ['url: "https://es", username: u', "password is missing"],
    ['url: "https://es", password: "${PASSWORD}"', "username is missing"],
    ['url: "https://es", username: "a:b", password: "${PASSWORD}"', "a name without a colon"],
    ['url: "https://es", apiKey: "${PASSWORD}"', "is no API key of Elasticsearch | It is `encoded` of what"],
    ['url: "https://es", apiKey: { file: none }', "cannot be read"],
    ['url: "http://127.0.0.1:9200", ca: ca.pem', "no effect: every url is http"],
    ['url: "https://es", ca: none.pem', "cannot be read"],
    ['url: "https://es", ca: ca.pem', "holds no certificate in PEM form"],
    ['url: "https://es", recordsMax: 0', "at least 1"],
    ['url: "https://es", keepFor: 2y', 'a number of days, such as "400d"'],
    ['url: "https://es", index: audit', 'unknown key "index"'],
  ])("refuses { %s }", async (inside, message) => {
    const files = { "ca.pem": "-----BEGIN CERTIFICATE-----" };
    const found = await refusals(written(`{ ${inside} }`), { env, files });
    expect(found.join("\n")).toContain(message);
    expect(found.join("\n")).not.toMatch(/secret: word|u:secret|c2VjcmV0/);
  });

  it("is named where there are two", async () => {
    const two = `openapi: openapi.yaml\n${OAUTH}monitoring:\n  sinks:\n    - elasticsearch: { url: "https://a" }\n    - elasticsearch: { url: "https://b" }\n`;
    expect((await refusals(two)).join()).toContain("two sinks are named elasticsearch");
    const { settings } = await load(two.replace(/url: "https:\/\/b" \}/, "$&\n      name: second\n      level: warn"));
    expect(settings.monitoring.destinations).toMatchObject([
      { kind: "elasticsearch", name: "elasticsearch", level: "info" },
      { kind: "elasticsearch", name: "second", level: "warn" },
    ]);
  });
});
