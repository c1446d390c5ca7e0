// Guards the settings of the syslog sink: each reaches its options, and each mistake is told with its place and what to do.
import { describe, expect, it } from "vitest";
import { Authority } from "../sinks/certificates.ts";
import { OAUTH } from "./composing.ts";
import { load, refusals } from "./loading.ts";

const written = (inside: string): string =>
  `openapi: openapi.yaml\n${OAUTH}monitoring:\n  sinks: [{ syslog: ${inside} }]\n`;

async function optionsOf(inside: string, files: Record<string, string> = {}): Promise<object> {
  const { settings } = await load(written(inside), { files });
  return settings.monitoring.destinations[0]?.options as object;
}

function issued(): Record<string, string> {
  const authority = new Authority();
  const { cert, key } = authority.issue("DNS:gate-1");
  const other = authority.issue("DNS:gate-2");
  authority.remove();
  return { "ca.pem": authority.ca, "c.pem": cert, "k.pem": key, "other.pem": other.key };
}

describe("the syslog sink", () => {
  it("needs an address", async () => {
    expect(await optionsOf('{ url: "tls://logs.example:6514" }')).toEqual({
      transport: "tls",
      host: "logs.example",
      port: 6_514,
      facility: "audit",
      appName: "portcullis",
      hostname: expect.stringMatching(/^[!-~]+$/) as string,
      enterpriseNumber: 32_473,
      messageBytesMax: 8_192,
      timeoutMs: 30_000,
      dangerouslyUnencrypted: false,
    });
    expect(await optionsOf('{ url: "udp://[::1]:514" }')).toMatchObject({ host: "::1", messageBytesMax: 2_048 });
  });

  it("takes every setting", async () => {
    const files = issued();
    const options = await optionsOf(
      '{ url: "tls://10.1.2.3:6514", facility: local3, appName: gate, hostname: h, enterpriseNumber: 7, messageBytesMax: 64KiB, ' +
        "timeout: 5s, ca: ca.pem, certificate: c.pem, key: k.pem }",
      files,
    );
    expect(options).toMatchObject({
      facility: "local3",
      appName: "gate",
      hostname: "h",
      enterpriseNumber: 7,
      messageBytesMax: 65_536,
      timeoutMs: 5_000,
      ca: files["ca.pem"],
      certificate: files["c.pem"],
      key: files["k.pem"],
    });
  });

  it("warns of what is dangerous", async () => {
    const { settings, warnings } = await load(written('{ url: "udp://10.1.2.3:514", dangerouslyUnencrypted: true }'));
    expect(settings.monitoring.destinations[0]?.options).toMatchObject({ dangerouslyUnencrypted: true });
    expect(warnings.map(({ message }) => message)).toContainEqual(expect.stringContaining("unencrypted"));
  });

  it.each([
    ['url: "udp://logs.example:514"', "not encrypted, and not this machine"],
    ['url: "tcp://logs.example:601"', "not encrypted, and not this machine"],
    ['url: "tls://logs.example"', "tls, udp or tcp with host and port"],
    ['url: "tls://u@logs.example:6514"', "tls, udp or tcp with host and port"],
    ['url: "tls://logs.example:70000"', "Ports end at 65535"],
    ['url: "https://logs.example:6514"', "tls, udp or tcp"],
    ['url: "tls://l:1", facility: audt', 'Did you mean "audit"'],
    ['url: "tls://l:1", appName: two words', "visible ASCII without spaces"],
    ['url: "tls://l:1", appName: "a\\nb"', "visible ASCII without spaces"],
    ['url: "tls://l:1", certificate: c.pem', "key is missing"],
    ['url: "tls://l:1", key: k.pem', "certificate is missing"],
    ['url: "tls://l:1", certificate: c.pem, key: other.pem', "no certificate with its private key"],
    ['url: "tls://l:1", certificate: c.pem, key: none.pem', "none.pem cannot be read"],
    ['url: "tls://l:1", certificate: ca.pem, key: ca.pem', "no certificate with its private key"],
    ['url: "tcp://127.0.0.1:1", ca: ca.pem', "no effect without tls"],
    ['url: "udp://127.0.0.1:1", timeout: 1s', "no effect by udp"],
    ['url: "udp://127.0.0.1:1", messageBytesMax: 65508', "more than a datagram can hold"],
  ])("refuses %s", async (inside, message) => {
    expect((await refusals(written(`{ ${inside} }`), { files: issued() })).join("\n")).toContain(message);
  });
});
