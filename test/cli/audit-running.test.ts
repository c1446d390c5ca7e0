// Guards a gateway that works against false alarms: `audit verify` while events are written, files rotated, packed and removed, and sinks away.
import { appendFileSync, readdirSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { compose, systemPorts } from "../../src/configuration/compose.ts";
import { createRecorder, fileDestination, makeDiskFiles } from "../../src/monitoring/index.ts";
import { loadSettings } from "../../src/configuration/load.ts";
import { delivering } from "../monitoring/delivery/delivering.ts";
import { ScriptedDestination } from "../monitoring/delivery/scripted-destination.ts";
import { fullExchange } from "../monitoring/exchanges.ts";
import { keyed, live, recorded } from "./recorded.ts";
import { run } from "./running.ts";

/** How far ahead it writes of whoever waits for events: a verification that takes long must not have ever more to look at. */
const AHEAD = 150;

async function running(cwd: string) {
  const composition = await compose(await loadSettings({ file: "portcullis.yaml", cwd, env: {} }), systemPorts(cwd));
  const state = { isOver: false, count: 0, asked: 0 };
  const writing = (async () => {
    while (!state.isOver) {
      if (state.count >= state.asked + AHEAD) {
        await new Promise((done) => setTimeout(done, 1));
        continue;
      }
      state.count += 1;
      composition.recorder.system({ action: "test.event", level: "info", message: `event ${state.count}` });
      await new Promise((done) => setTimeout(done, 1));
    }
  })();
  const written = async (more: number) => {
    const enough = (state.asked = state.count + more);
    while (state.count < enough) await new Promise((done) => setTimeout(done, 1));
  };
  const stop = async () => {
    state.isOver = true;
    await writing;
    await composition.close();
  };
  return { written, stop };
}

const rotated = (cwd: string) => readdirSync(cwd).filter((name) => /^audit\.ndjson\.\d/.test(name));

describe("audit verify on a gateway that works", () => {
  it.each(["filesMax: 3", "filesMax: 200"])("accuses it of nothing while files come and go (%s)", async (files) => {
    const { cwd } = await keyed(files);
    await live(cwd, 40);
    const gateway = await running(cwd);
    const seen: string[] = [];
    try {
      for (let i = 0; i < 12; i += 1) {
        await gateway.written(20);
        const { code, out, err } = await run(["audit", "verify"], { cwd });
        if (code !== 0) seen.push(`${code} ${out}${err}`);
      }
    } finally {
      await gateway.stop();
    }
    expect(seen).toEqual([]);
    expect((await run(["audit", "verify"], { cwd })).code).toBe(0);
  });

  it("still finds what somebody took away, altered or cut off", async () => {
    const { cwd } = await keyed("filesMax: 1000");
    await live(cwd, 60);
    const file = path.join(cwd, "audit.ndjson");
    const gateway = await running(cwd);
    try {
      await gateway.written(50);
      const victim = path.join(cwd, rotated(cwd).sort()[1] as string);
      const bytes = readFileSync(victim);
      writeFileSync(victim, "");
      const emptied = await run(["audit", "verify"], { cwd });
      expect(emptied.code).toBe(1);
      expect(emptied.out).toContain(`altered: ${path.basename(victim)} cannot be read to its end (it is empty`);
      writeFileSync(victim, bytes);
    } finally {
      await gateway.stop();
    }
    expect((await run(["audit", "verify"], { cwd })).code).toBe(0);
    const text = readFileSync(file, "utf8");
    writeFileSync(file, text.replace("event", "evenT"));
    expect((await run(["audit", "verify"], { cwd })).code).toBe(1);
  });
});

describe("a last line that is half written", () => {
  it("accuses nobody where all that was delivered is there, and does where it is not, or no spool is known", async () => {
    const { cwd } = await recorded();
    const file = path.join(cwd, "audit.ndjson");
    const whole = readFileSync(file);
    const { length } = whole;
    appendFileSync(file, '{"@timestamp":"2026-11-26T08:00:00.000Z","mess');
    // The event that it was to be may be dropped by now, and the gateway stopped.
    expect(await run(["audit", "verify"], { cwd })).toMatchObject({ code: 0 });
    expect(await run(["audit", "verify", "audit.ndjson", "--from", "2000-01-01"], { cwd })).toMatchObject({
      code: 1,
      out: expect.stringMatching(/^foreign: /) as string,
    });
    truncateSync(file, length - 100);
    expect(await run(["audit", "verify"], { cwd })).toMatchObject({
      code: 1,
      out: expect.stringMatching(/^foreign: /) as string,
    });
    appendFileSync(file, whole.subarray(length - 100));
    // What was recorded since then has not reached the file yet.
    const spool = path.join(cwd, "spool");
    const cursor = path.join(spool, "cursor-file.json");
    const before = readFileSync(cursor, "utf8");
    const old = readFileSync(file);
    await live(cwd, 3);
    const lines = readFileSync(file, "utf8");
    // As it was before the last of them were delivered, and half a line more.
    expect(lines.startsWith(old.toString("utf8"))).toBe(true);
    writeFileSync(file, lines.slice(0, old.length + 100));
    writeFileSync(cursor, before);
    expect(await run(["audit", "verify"], { cwd })).toMatchObject({ code: 0 });
  });
});

describe("a file that cannot be written for a while, with drop-oldest", () => {
  it("misses nothing that the gateway has in hand, and says so; what was taken from it is missing all the same", async () => {
    const { cwd } = await keyed();
    const configuration = path.join(cwd, "portcullis.yaml");
    const text = readFileSync(configuration, "utf8");
    writeFileSync(configuration, text.replace(/, checkpoints: .*records: 10 \}/, ""));
    const file = fileDestination({ path: path.join(cwd, "audit.ndjson"), name: "file", level: "info", rotation: {} });
    Object.assign(file, { recordsMax: 4 });
    const disk = { isAway: false };
    const deliver = file.deliver.bind(file);
    file.deliver = async (records, signal) =>
      disk.isAway ? { kind: "unavailable", reason: "away" } : deliver(records, signal);
    const quick = new ScriptedDestination({ name: "quick" });
    const bounds = { bytesMax: 30_000, segmentBytesMax: 6_000, whenFull: "drop-oldest" } as const;
    const { delivery } = await delivering(await makeDiskFiles(path.join(cwd, "spool")), {
      destinations: [file, quick],
      ...bounds,
    });
    const recorder = createRecorder({ sinks: [], delivery, tell: () => undefined });
    for (let i = 1; i <= 120; i += 1) {
      if (i === 6) disk.isAway = true;
      recorder.exchange(fullExchange());
      await quick.until(() => quick.taken.length >= i);
      while (!disk.isAway && delivery.snapshot().destinations["file"]?.waiting !== 0)
        await new Promise((done) => setTimeout(done, 1));
    }
    // Whatever there is to say of drops stands in the spool.
    await quick.until(() => quick.positions().at(-1) === delivery.snapshot().spool.last);
    const { code, out } = await run(["audit", "verify"], { cwd });
    expect(out).toMatch(/the spool removed events 6 to \d+ to make room: they are in hand/);
    expect([code, out]).toEqual([0, expect.stringMatching(/^whole but for \d+ events that were dropped/)]);
    const audit = path.join(cwd, "audit.ndjson");
    const lines = readFileSync(audit, "utf8");
    writeFileSync(audit, `${lines.trimEnd().split("\n").slice(0, -1).join("\n")}\n`);
    expect(await run(["audit", "verify"], { cwd })).toMatchObject({
      code: 1,
      out: expect.stringMatching(/^missing: /) as string,
    });
    writeFileSync(audit, lines);
    disk.isAway = false;
    while (delivery.snapshot().destinations["file"]?.waiting !== 0) await new Promise((done) => setTimeout(done, 1));
    await recorder.close();
    expect(await run(["audit", "verify"], { cwd })).toMatchObject({ code: 0 });
  });
});
