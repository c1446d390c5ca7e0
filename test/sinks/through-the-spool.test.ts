// From a configuration as people write it, over spool and runner, to servers: every kind at once, and one of them away for a while.
import { writeFileSync } from "node:fs";
import path from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { systemPorts } from "../../src/configuration/compose.ts";
import type { Composition } from "../../src/configuration/compose.ts";
import { composed, OAUTH } from "../configuration/composing.ts";
import { answeredExchange } from "../monitoring/exchanges.ts";
import { Authority } from "./certificates.ts";
import { HttpServer } from "./http-server.ts";
import { OtlpReceiver } from "./otlp-receiver.ts";
import { standInOf, TOKEN } from "./splunk-subject.ts";
import { SyslogStandIn } from "./syslog-stand-in.ts";

const EVENTS = 300;
const splunk = standInOf(true);
const otlp = new OtlpReceiver();
const posted: string[] = [];
const authority = new Authority();
const issued = authority.issue("DNS:localhost,IP:127.0.0.1");
const servers = {
  splunk: new HttpServer(splunk.answer, issued),
  otlp: new HttpServer(otlp.answer, issued),
  webhook: new HttpServer((asked, response) => {
    const events = JSON.parse(asked.body.toString()) as { event: { id: string } }[];
    posted.push(...events.map(({ event }) => event.id));
    response.end();
  }, issued),
};
const syslog = new SyslogStandIn(issued);
let composition: Composition | undefined;

beforeEach(async () => {
  await Promise.all([...Object.values(servers), syslog].map((server) => server.start()));
});
afterEach(async () => {
  await composition?.close();
  await Promise.all([...Object.values(servers), syslog].map((server) => server.stop()));
  authority.remove();
});

it("every event arrives in every sink, after an outage too", async () => {
  await servers.webhook.stop();
  composition = await composed(
    `${OAUTH}monitoring:
  sinks:
    - splunk: { url: "${servers.splunk.url}", token: "\${TOKEN}", ca: ca.pem }
    - syslog: { url: "tls://localhost:${syslog.port}", ca: ca.pem }
    - otlp: { url: "${servers.otlp.url}", ca: ca.pem }
    - webhook: { url: "${servers.webhook.url}/hook", secret: "\${SECRET}", ca: ca.pem }
`,
    {
      env: { TOKEN, SECRET: "secret-of-twenty-four-bytes" },
      files: { "ca.pem": authority.ca },
      ports: (cwd) => {
        writeFileSync(path.join(cwd, "ca.pem"), authority.ca);
        return systemPorts(cwd);
      },
    },
  );
  const { recorder } = composition;
  for (let i = 0; i < EVENTS; i += 1) recorder.exchange(answeredExchange());
  await recorder.flush();
  const arrived = { timeout: 30_000, interval: 50 };
  const kinds = [() => splunk.ids, () => syslog.ids, () => otlp.ids];
  for (const idsOf of kinds) await expect.poll(() => new Set(idsOf()).size, arrived).toBeGreaterThanOrEqual(EVENTS);
  expect(posted).toEqual([]);
  await servers.webhook.start();
  await expect.poll(() => new Set(posted).size, arrived).toBeGreaterThanOrEqual(EVENTS);
  // What the outage itself gave to record arrives everywhere too.
  const all = () => [...kinds, () => posted].map((idsOf) => [...new Set(idsOf())].sort());
  await expect.poll(() => new Set(all().map((list) => list.join())).size, arrived).toBe(1);
  expect(all()[0]?.length).toBeGreaterThan(EVENTS);
});
