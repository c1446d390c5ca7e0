// Guards the settings of the webhook sink: each reaches its options, and each mistake is told with its place and without its secret.
import { describe, expect, it } from "vitest";
import type { WebhookOptions } from "../../src/sinks/webhook/webhook-destination.ts";
import { OAUTH } from "./composing.ts";
import { load, refusals } from "./loading.ts";

const LONG = "secret-of-twenty-four-by";
const env = { S: LONG, URL: "https://hooks.example/secret-path?x=secret-query", SHORT: "secret-short" };
const written = (inside: string): string =>
  `openapi: openapi.yaml\n${OAUTH}monitoring:\n  sinks: [{ webhook: ${inside} }]\n`;

async function found(
  inside: string,
  files: Record<string, string> = {},
): Promise<{ options: WebhookOptions; warnings: string[] }> {
  const { settings, warnings } = await load(written(inside), { env, files });
  const options = settings.monitoring.destinations[0]?.options as WebhookOptions;
  return { options, warnings: warnings.map(({ message }) => message) };
}

describe("the webhook sink", () => {
  it("needs an address and a secret", async () => {
    expect((await found('{ url: "https://hooks.example/a?b", secret: "${S}" }')).options).toEqual({
      url: "https://hooks.example/a?b",
      secrets: [LONG],
      fields: {},
      format: "json",
      recordsMax: 500,
      bytesMax: 1_048_576,
      timeoutMs: 30_000,
      ca: undefined,
      dangerouslyAllowHttp: false,
    });
  });

  it("takes every setting, and warns of no field that is no secret", async () => {
    const { options, warnings } = await found(
      '{ url: "${URL}", secret: [{ file: new }, "${S}"], format: ndjson, headers: { X-Tenant: shop, X-Api-Key: "${SHORT}" }, ' +
        "recordsMax: 7, requestBytesMax: 1KiB, timeout: 5s }",
      { new: `whsec_${Buffer.from("n".repeat(24)).toString("base64")}\n` },
    );
    expect(options).toMatchObject({
      url: env.URL,
      secrets: [`whsec_${Buffer.from("n".repeat(24)).toString("base64")}`, LONG],
      format: "ndjson",
      fields: { "x-tenant": "shop", "x-api-key": "secret-short" },
      recordsMax: 7,
      bytesMax: 1_024,
      timeoutMs: 5_000,
    });
    expect(warnings.filter((text) => text.includes("webhook"))).toEqual([]);
  });

  it("warns of a secret that stands in the configuration, and of plain http", async () => {
    const { warnings } = await found(
      `{ url: "http://hooks.example", secret: ${LONG}, headers: { Authorization: Bearer x }, dangerouslyAllowHttp: true }`,
    );
    expect(warnings.join("\n")).toMatch(/webhook\.secret stands.*Authorization stands.*unencrypted/s);
  });

  it.each([
    ['url: "http://hooks.example/", secret: "${S}"', "plain http to another machine"],
    ['url: "https://u:p@hooks.example/", secret: "${S}"', "no https URL without a user name"],
    ['url: "hooks.example", secret: "${S}"', "no https URL"],
    ['url: { file: none }, secret: "${S}"', "none cannot be read"],
    ['url: "${URL}", secret: "${SHORT}"', "fewer than 24 bytes"],
    ['url: "${URL}", secret: ["${S}", "${SHORT}"]', "secret[1] has fewer than 24 bytes"],
    ['url: "${URL}", secret: ["${S}", "${S}", "${S}"]', "secret"],
    ['url: "${URL}", secret: { file: odd }', "begins with whsec_ and is no base64"],
    ['url: "${URL}", secret: "${S}", headers: { Content-Type: x }', "set by the request itself"],
    ['url: "${URL}", secret: "${S}", headers: { webhook-id: x }', "set by the request itself"],
    ['url: "${URL}", secret: "${S}", headers: { "X Y": x }', "not the name of a field"],
    ['url: "${URL}", secret: "${S}", headers: { X-Y: "a\\nb" }', "characters that no field has"],
    ['url: "${URL}", secret: "${S}", recordsMax: 0', "recordsMax"],
  ])("refuses %s", async (inside, message) => {
    const said = (await refusals(written(`{ ${inside} }`), { env, files: { odd: "whsec_-secret-" } })).join("\n");
    expect(said).toContain(message);
    expect(said).not.toMatch(/secret-(?:of|path|query|short)/);
  });
});
