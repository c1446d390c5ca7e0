// What /metrics shows of the ways out: what a sink took at once, what destinations confirmed or refused for good, how full the spool is.
import { expect, it } from "vitest";
import { systemPorts } from "../../src/configuration/compose.ts";
import type { Delivery, Destination, SpooledRecord } from "../../src/monitoring/index.ts";
import { folderWith } from "../configuration/folder.ts";
import { ask, keep, startUpstream } from "./harness.ts";
import { configurationOf, documentOf, startReloadable } from "./reloading.ts";

function destination(name: string, deliver: (records: readonly SpooledRecord[]) => Delivery): Destination {
  return {
    name,
    recordsMax: 10,
    bytesMax: 1_000_000,
    assurance: "at-least-once",
    deliver: (records) => Promise.resolve(deliver(records)),
    close: () => Promise.resolve(),
  };
}

/** Refuses for good what was refused to clients. */
const picky = (records: readonly SpooledRecord[]): Delivery => ({
  kind: "answered",
  outcomes: records.map(({ json }) =>
    Buffer.from(json).includes("request-invalid") ? { dead: "not wanted" } : "delivered",
  ),
});

it("counts each event where it went, and says what waits for whom", async () => {
  const upstream = keep(await startUpstream((_request, response) => void response.end("{}")));
  const folder = folderWith({
    "api.yaml": documentOf("a, b"),
    secret: "a-secret-of-more-than-24-bytes",
    "portcullis.yaml": configurationOf(
      upstream.origin,
      `monitoring: { sinks: [console, { webhook: { url: "http://127.0.0.1:9/", secret: { file: secret } }, name: picky }, { webhook: { url: "http://127.0.0.1:9/", secret: { file: secret } }, name: away }], spool: { folder: spool, bytesMax: 4MiB } }
validation: { unknownParameters: enforce }
`,
    ),
  });
  const { openDelivery } = systemPorts(folder);
  const { gateway } = await startReloadable(
    {},
    {
      ports: {
        openDelivery,
        createDestination: ({ name }) =>
          name === "away"
            ? destination(name, () => ({ kind: "unavailable", reason: "it is away" }))
            : destination(name, picky),
      },
    },
    folder,
  );
  const url = `${gateway.url}/item`;
  for (const value of ["a", "b", "wrong"]) await ask(`${url}?v=${value}`);
  const sample = (text: string, name: string) => Number(new RegExp(`^${name} (\\S+)$`, "mu").exec(text)?.[1]);
  let text = "";
  await expect
    .poll(
      async () => {
        text = (await ask(`${gateway.adminUrl}/metrics`)).body;
        return [
          sample(text, 'portcullis_sink_dead_total\\{sink="picky"\\}'),
          sample(text, 'portcullis_sink_failing\\{sink="away"\\}'),
          sample(text, 'portcullis_sink_waiting\\{sink="picky"\\}'),
        ];
      },
      { timeout: 8_000 },
    )
    .toEqual([1, 1, 0]);
  const of = (name: string, sink: string) => sample(text, `portcullis_${name}\\{sink="${sink}"\\}`);
  expect(of("sink_delivered_total", "picky")).toBeGreaterThanOrEqual(2);
  expect(of("sink_failing", "picky")).toBe(0);
  expect(of("sink_delivered_total", "away")).toBe(0);
  expect(of("sink_waiting", "away")).toBeGreaterThanOrEqual(4);
  expect(of("sink_oldest_age_seconds", "away")).toBeGreaterThan(0);
  expect(of("events_dropped_total", "away")).toBe(0);
  // What one took and what waits for the other is the same, and more than three: a refusal, and the gateway's own.
  expect(of("sink_delivered_total", "picky") + of("sink_dead_total", "picky")).toBe(of("sink_waiting", "away"));
  expect(of("sink_written_total", "0:memory")).toBeGreaterThanOrEqual(of("sink_waiting", "away"));
  expect(sample(text, "portcullis_spool_bytes")).toBeGreaterThan(500);
  expect(sample(text, "portcullis_spool_size_bytes")).toBe(4 * 1024 * 1024);
  expect([sample(text, "portcullis_spool_full"), sample(text, "portcullis_spool_failing")]).toEqual([0, 0]);
});
