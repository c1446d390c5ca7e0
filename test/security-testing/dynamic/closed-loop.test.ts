// The product's own attacks are seen by its own detections: whoever runs `portcullis test` against a gate finds them in its alerts.
import { readFile } from "node:fs/promises";
import { expect, it, onTestFinished } from "vitest";
import { compose, systemPorts } from "../../../src/configuration/compose.ts";
import { serve } from "../../../src/gateway/serve.ts";
import { dynamicTester } from "../../../src/security-testing/dynamic/dynamic-tester.ts";
import type { StartGate } from "../../../src/security-testing/dynamic/gate-port.ts";
import { memorySink } from "../../configuration/composing.ts";
import { testing } from "../mutants/killing.ts";
import { startSample } from "../mutants/sample.ts";

/** What the probes do, by the detection that must say so. */
const EXPECTED = {
  "brute-force": "forged tokens",
  scanning: "paths that nobody declared",
  "schema-probing": "values outside their bounds",
  "privilege-probing": "operations without the scope or role",
  "revoked-token-used": "a token that was revoked",
} as const;

it("lights up the detections that match what it does", { timeout: 180_000 }, async () => {
  const sample = await startSample();
  onTestFinished(() => sample.close());
  const lines: string[] = [];
  /** A gate that records as the sample's own does, where the test can read it. */
  const startGate: StartGate = async (loaded, folder) => {
    const monitoring = { ...loaded.settings.monitoring, sinks: sample.loaded.settings.monitoring.sinks };
    const recording = { ...loaded, settings: { ...loaded.settings, monitoring } };
    const ports = { ...systemPorts(sample.cwd), createSink: () => memorySink(lines) };
    const gateway = await serve(await compose(recording, ports), { developmentFolder: folder, drainTimeoutMs: 100 });
    const ca = gateway.authorityFile === undefined ? undefined : await readFile(gateway.authorityFile, "utf8");
    return { url: gateway.url, ca, close: () => gateway.close() };
  };
  const { context, end } = testing(sample, startGate);
  for await (const report of dynamicTester.run(context)) expect(report).not.toHaveProperty("rule");
  end();
  const alerts = lines
    .map((line) => JSON.parse(line) as { event: { kind: string; code?: string } })
    .filter(({ event }) => event.kind === "alert")
    .map(({ event }) => event.code?.replace(/^detection\./, ""));
  expect([...new Set(alerts)]).toEqual(expect.arrayContaining(Object.keys(EXPECTED)));
});
