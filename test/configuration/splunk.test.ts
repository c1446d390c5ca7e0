// Guards the settings of the Splunk sink: each reaches its options, and each mistake is told with its place and what to do.
import { describe, expect, it } from "vitest";
import type { SplunkOptions } from "../../src/sinks/splunk/splunk-destination.ts";
import { Authority } from "../sinks/certificates.ts";
import { OAUTH } from "./composing.ts";
import { load, refusals } from "./loading.ts";

const env = { TOKEN: "0c1f-secret" };
const written = (inside: string): string =>
  `openapi: openapi.yaml\n${OAUTH}monitoring:\n  sinks: [{ splunk: ${inside} }]\n`;

async function optionsOf(inside: string, files: Record<string, string> = {}): Promise<SplunkOptions> {
  const { settings } = await load(written(inside), { env, files });
  return settings.monitoring.destinations[0]?.options as SplunkOptions;
}

describe("the Splunk sink", () => {
  it("needs an address and a token", async () => {
    const { channel, host, ...rest } = await optionsOf('{ url: "https://splunk.example:8088", token: "${TOKEN}" }');
    expect(rest).toEqual({
      urls: ["https://splunk.example:8088"],
      token: "0c1f-secret",
      source: "portcullis",
      sourcetype: "portcullis:audit",
      acknowledgement: "auto",
      acknowledgementTimeoutMs: 180_000,
      gzip: true,
      timeoutMs: 30_000,
      dangerouslyAllowHttp: false,
    });
    expect(channel).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-a[0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(host.length).toBeGreaterThan(0);
  });

  it("takes every setting", async () => {
    const authority = new Authority();
    authority.remove();
    const options = await optionsOf(
      '{ url: ["https://a:8088", "http://[::1]:8088"], token: { file: t }, index: i, source: s, sourcetype: st, host: h, ' +
        "acknowledgement: required, acknowledgementTimeout: 5m, channel: 6F1C9D2E-8f6a-4b8e-9d44-0f2f8f6f7a11, gzip: false, " +
        "timeout: 5s, ca: ca.pem }",
      { t: "from-file\n", "ca.pem": authority.ca },
    );
    expect(options).toEqual({
      urls: ["https://a:8088", "http://[::1]:8088"],
      token: "from-file",
      index: "i",
      source: "s",
      sourcetype: "st",
      host: "h",
      acknowledgement: "required",
      acknowledgementTimeoutMs: 300_000,
      channel: "6F1C9D2E-8f6a-4b8e-9d44-0f2f8f6f7a11",
      gzip: false,
      timeoutMs: 5_000,
      ca: authority.ca,
      dangerouslyAllowHttp: false,
    });
  });

  it("warns of what is dangerous", async () => {
    const text = written('{ url: "http://splunk.example:8088", token: "${TOKEN}", dangerouslyAllowHttp: true }');
    const { settings, warnings } = await load(text, { env });
    expect(settings.monitoring.destinations[0]?.options).toMatchObject({ dangerouslyAllowHttp: true });
    expect(warnings.map(({ message }) => message)).toContainEqual(expect.stringContaining("unencrypted"));
  });

  it.each([
    ['url: "http://splunk.example:8088"', "plain http to another machine"],
    ['url: "https://u:p@splunk.example:8088"', "https URL without user name"],
    ['url: "https://splunk.example:8088/?token=x"', "https URL without user name and query"],
    ['url: "https://splunk.example:8088/services/collector"', "the collector's own path | Leave the path out"],
    ['url: "ftp://splunk.example"', "https URL"],
    ["url: []", "url"],
    ['url: "https://s:8088", channel: abc', "a GUID"],
    [
      'url: "https://s:8088", acknowledgement: off, channel: 6f1c9d2e-8f6a-4b8e-9d44-0f2f8f6f7a11',
      "no effect where acknowl",
    ],
    [
      'url: "https://s:8088", acknowledgement: off, acknowledgementTimeout: 1m',
      "no effect where acknowledgement is off",
    ],
    ['url: "http://127.0.0.1:8088", ca: ca.pem', "no effect: every url is http"],
    ['url: "https://s:8088", ca: none.pem', "cannot be read"],
    ['url: "https://s:8088", index: "two\\nlines"', "visible ASCII"],
    ['url: "https://s:8088", acknowledgment: required', "acknowledgement"],
  ])("refuses %s", async (inside, message) => {
    const files = { "ca.pem": "-----BEGIN CERTIFICATE-----" };
    const found = await refusals(written(`{ ${inside}, token: "\${TOKEN}" }`), { env, files });
    expect(found.join("\n")).toContain(message);
    expect(found.join("\n")).not.toContain("secret");
  });

  it.each(["Splunk 0c1f-secret", "secret\u00e4", "secret\nx"])(
    "refuses the token %j, and does not show it",
    async (token) => {
      const found = await refusals(written('{ url: "https://s:8088", token: "${TOKEN}" }'), { env: { TOKEN: token } });
      expect(found.join("\n")).toContain("without the word Splunk");
      expect(found.join("\n")).not.toContain("secret");
    },
  );
});
