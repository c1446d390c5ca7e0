// The product's own attacks are seen by its own detections: whoever runs `portcullis test` against a gate finds them in its alerts.
import { expect, it, onTestFinished } from "vitest";
import { gateStarter } from "../../../src/cli/test/gate.ts";
import { compose, systemPorts } from "../../../src/configuration/compose.ts";
import { dynamicTester } from "../../../src/security-testing/dynamic/dynamic-tester.ts";
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
  const startGate = gateStarter(sample.cwd, (loaded) => {
    const monitoring = { ...loaded.settings.monitoring, sinks: sample.loaded.settings.monitoring.sinks };
    const recording = { ...loaded, settings: { ...loaded.settings, monitoring } };
    return compose(recording, { ...systemPorts(sample.cwd), createSink: () => memorySink(lines) });
  });
  const { context, end } = testing(sample, startGate);
  for await (const report of dynamicTester.run(context)) expect(report).not.toHaveProperty("rule");
  end();
  const alerts = lines
    .map((line) => JSON.parse(line) as { event: { kind: string; code?: string } })
    .filter(({ event }) => event.kind === "alert")
    .map(({ event }) => event.code?.replace(/^detection\./, ""));
  expect([...new Set(alerts)]).toEqual(expect.arrayContaining(Object.keys(EXPECTED)));
});
