// Guards a sanction that is shorter than its rule's silence after an alert: whoever goes on when it ends is held back again, and nobody is alerted twice.
import path from "node:path";
import { expect, it } from "vitest";
import { readFileSync } from "node:fs";
import { systemPorts } from "../../src/configuration/compose.ts";
import { systemClock } from "../../src/core/clock.ts";
import { editKept } from "../../src/configuration/kept-file.ts";
import { moment, SANCTION_FILE } from "../../src/configuration/sanctions/sanction-file.ts";
import { folderWith } from "../configuration/folder.ts";
import { ask, hello, keep } from "./harness.ts";
import { configurationOf, documentOf, startReloadable } from "./reloading.ts";

const MINUTE_MS = 60_000;

/** A gateway that bans scanners for a minute, and a clock that is set by hand. */
async function start(detections: string) {
  const upstream = keep(await hello());
  const time = { laterMs: 0 };
  const clock = {
    nowMs: () => systemClock.nowMs() + time.laterMs,
    monotonicMs: () => systemClock.monotonicMs() + time.laterMs,
  };
  const folder = folderWith({
    "api.yaml": documentOf("a"),
    "portcullis.yaml": configurationOf(upstream.origin, `monitoring: { detections: { ${detections} } }\n`),
  });
  const { openDelivery } = systemPorts(folder);
  const started = await startReloadable({}, { ports: { openDelivery, keepsSanctions: true, clock }, clock }, folder);
  const { gateway, lines } = started;
  const alerts = () => lines().filter((line) => line.includes('"code":"detection.scanning"')).length;
  return {
    ...started,
    time,
    alerts,
    file: path.join(folder, "sanctions.json"),
    held: async () =>
      /^portcullis_sanctions\{kind="ban"\} (\d+)$/mu.exec((await ask(`${gateway.adminUrl}/metrics`)).body)?.[1],
    status: async () => (await ask(`${gateway.url}/item?v=a`)).status,
    scan: async () => {
      for (let i = 0; i < 10; i += 1) await ask(`${gateway.url}/.git/${i}`);
    },
  };
}

const BAN = "rules: { scanning: { respond: { ban: 1m } } }";

it("ends, and begins again for whoever scans on, within the silence after one alert", async () => {
  const { time, alerts, status, scan, events, held } = await start(BAN);
  expect(await held()).toBe("0");
  await scan();
  expect([await status(), alerts(), await held()]).toEqual([429, 1, "1"]);
  for (let round = 1; round <= 3; round += 1) {
    time.laterMs += MINUTE_MS + 1_000;
    expect([round, await status(), await held()]).toEqual([round, 200, "0"]);
    await scan();
    expect([round, await status(), alerts()]).toEqual([round, 429, 1]);
  }
  // While it holds nothing is renewed: what is refused is no scan.
  await scan();
  await expect.poll(() => events("detection.sanction-began")).toHaveLength(4);
  // The rule speaks again when its own time is over.
  time.laterMs += 11 * MINUTE_MS;
  await scan();
  expect([await status(), alerts()]).toEqual([429, 2]);
});

it("does not begin again for whoever does nothing more", async () => {
  const { time, alerts, status, scan } = await start(BAN);
  await scan();
  time.laterMs += MINUTE_MS + 1_000;
  for (let i = 0; i < 20; i += 1) expect(await status()).toBe(200);
  expect(alerts()).toBe(1);
});

it("does not begin again for whom somebody let go, as long as it would have held: no matter how often the rule alerts", async () => {
  const { time, alerts, status, scan, file, events, held } = await start(BAN.replace("1m", "1h"));
  await scan();
  expect(await status()).toBe(429);
  await expect.poll(() => readFileSync(file, "utf8"), { timeout: 30_000 }).toContain("scanning");
  const lifted = { at: moment(systemClock.nowMs()), by: "owner", why: "ours" };
  await editKept(file, SANCTION_FILE, (list) => list.map((one) => ({ ...one, lifted })));
  await expect.poll(status, { timeout: 30_000 }).toBe(200);
  await scan();
  expect([await status(), alerts()]).toEqual([200, 1]);
  for (let alert = 2; alert <= 5; alert += 1) {
    time.laterMs += 11 * MINUTE_MS;
    await scan();
    expect([alert, await status(), await held()]).toEqual([alert, 200, "0"]);
    expect([alerts(), events("detection.sanction-spared").length]).toEqual([alert, alert - 1]);
  }
  time.laterMs += 17 * MINUTE_MS;
  await scan();
  expect([await status(), alerts(), await held()]).toEqual([429, 6, "1"]);
});

it("is not renewed for whom it never is, and that is told once", async () => {
  const { alerts, status, scan, events } = await start(`neverBan: [127.0.0.1], ${BAN}`);
  for (let i = 0; i < 3; i += 1) await scan();
  expect([await status(), alerts(), events("detection.sanction-spared").length]).toEqual([200, 1, 1]);
});
