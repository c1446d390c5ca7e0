// What /metrics shows of the ways out: what a sink took at once, what destinations confirmed or refused for good, how full the spool is.
import path from "node:path";
import { expect, it } from "vitest";
import { systemPorts } from "../../src/configuration/compose.ts";
import {
  type Delivery,
  type Destination,
  diskFiles,
  type SpooledRecord,
  spoolStats,
} from "../../src/monitoring/index.ts";
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
      { timeout: 30_000 },
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

const KIB = 1024;

it.each(["drop-newest", "drop-oldest"])(
  "with %s shows what is dropped for each sink while the spool is full, as the books have it",
  async (whenFull) => {
    const upstream = keep(await startUpstream((_request, response) => void response.end("{}")));
    const webhook = (name: string) =>
      `{ webhook: { url: "http://127.0.0.1:9/", secret: { file: secret } }, name: ${name} }`;
    const folder = folderWith({
      "api.yaml": documentOf("a, b"),
      secret: "a-secret-of-more-than-24-bytes",
      "portcullis.yaml": configurationOf(
        upstream.origin,
        `monitoring: { sinks: [${webhook("quick")}, ${webhook("away")}], spool: { folder: spool, bytesMax: 256KiB, whenFull: ${whenFull} } }
`,
      ),
    });
    let isAway = true;
    const { gateway } = await startReloadable(
      {},
      {
        ports: {
          openDelivery: systemPorts(folder).openDelivery,
          createDestination: ({ name }) =>
            destination(name, (records) =>
              name === "away" && isAway
                ? { kind: "unavailable", reason: "it is away" }
                : { kind: "answered", outcomes: records.map(() => "delivered") },
            ),
        },
      },
      folder,
    );
    const scraped = async () => {
      const text = (await ask(`${gateway.adminUrl}/metrics`)).body;
      const read = (name: string, sink?: string) => {
        const labels = sink === undefined ? "" : `\\{sink="${sink}"\\}`;
        return Number(new RegExp(`^portcullis_${name}${labels} (\\S+)$`, "mu").exec(text)?.[1]);
      };
      const of = (sink: string) => ({
        dropped: read("events_dropped_total", sink),
        delivered: read("sink_delivered_total", sink),
        waiting: read("sink_waiting", sink),
      });
      return { quick: of("quick"), away: of("away"), refused: read("spool_refused_total"), bytes: read("spool_bytes") };
    };
    // Until more was dropped than fits in one file of the spool.
    let sent = 0;
    let seen = await scraped();
    while (seen.away.dropped < 150 && sent < 3_000) {
      await Promise.all(Array.from({ length: 20 }, () => ask(`${gateway.url}/item?v=a`)));
      sent += 20;
      // The one that takes everything is not to fall behind.
      await expect.poll(async () => (seen = await scraped()).quick.waiting, { timeout: 30_000 }).toBe(0);
    }
    expect(seen.away.dropped).toBeGreaterThanOrEqual(150);
    expect(seen.bytes).toBeLessThan((256 + 64) * KIB);
    const all = ({ dropped, delivered, waiting }: typeof seen.away) => dropped + delivered + waiting;
    expect(all(seen.away)).toBe(all(seen.quick));
    expect(all(seen.away)).toBeGreaterThanOrEqual(sent);
    expect(seen.away.delivered).toBe(0);
    // What the spool refused is missing everywhere; what it removed, where it was not read yet.
    const refused = whenFull === "drop-newest" ? seen.away.dropped : 0;
    expect([seen.refused, seen.quick.dropped]).toEqual([refused, refused]);
    // The books on the disk say the same, once what is counted in memory is written there.
    // Meanwhile the gateway may have something to say itself: so both are looked at until they agree.
    const apart = async (name: "away" | "quick") => {
      seen = await scraped();
      const books = await spoolStats(diskFiles(path.join(folder, "spool")));
      const {
        dropped = -1,
        spooled = 0,
        held = 0,
        unaccounted,
      } = books?.destinations.find((one) => one.name === name) ?? {};
      return { dropped: dropped - seen[name].dropped, waiting: spooled + held - seen[name].waiting, unaccounted };
    };
    for (const name of ["away", "quick"] as const)
      await expect.poll(() => apart(name), { timeout: 30_000 }).toEqual({ dropped: 0, waiting: 0, unaccounted: 0 });
    isAway = false;
    await expect.poll(async () => (await scraped()).away.waiting, { timeout: 30_000 }).toBe(0);
    // All of it was counted when it happened; but for what the gateway itself had to say before there was room.
    expect((await scraped()).away.dropped - seen.away.dropped).toBeLessThanOrEqual(3);
  },
);
