// Guards the file that is fed from the spool: whole lines, each event once, also over a kill, a full disk and a rotation.
import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createRecorder, fileDestination } from "../../../src/monitoring/index.ts";
import { linkOf } from "../../../src/monitoring/spool/chain.ts";
import { exchangeOf } from "../exchanges.ts";
import { TestDisk } from "../spool/disk.ts";
import { delivering, upTo } from "./delivering.ts";

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "audit-"));
  path = join(folder, "audit.ndjson");
});
afterEach(() => rmSync(folder, { recursive: true }));

type Options = Partial<Parameters<typeof fileDestination>[0]>;

/** A recorder over a spool that feeds the file. */
async function recording(disk: TestDisk, options: Options = {}) {
  const destination = fileDestination({ path, name: "file", level: "info", rotation: {}, ...options });
  const { delivery } = await delivering(disk, { destinations: [destination] });
  const recorder = createRecorder({ sinks: [], delivery });
  const settled = async (): Promise<void> => {
    await recorder.flush();
    while (delivery.snapshot().destinations["file"]!.waiting > 0) await new Promise((done) => setTimeout(done, 2));
  };
  return { recorder, delivery, settled };
}

function positions(): number[] {
  const names = readdirSync(folder).sort((a, b) =>
    a === "audit.ndjson" ? 1 : b === "audit.ndjson" ? -1 : a < b ? -1 : 1,
  );
  const texts = names.map((name) => {
    const bytes = readFileSync(join(folder, name));
    return (name.endsWith(".gz") ? gunzipSync(bytes) : bytes).toString();
  });
  return texts.flatMap((text) => text.trimEnd().split("\n")).map((line) => linkOf(line)?.position ?? -1);
}

describe("a file that is fed from the spool", () => {
  it("has each event once, in order, private", async () => {
    const { recorder } = await recording(new TestDisk());
    for (const _ of upTo(100)) recorder.exchange(exchangeOf());
    await recorder.close();
    expect(positions()).toEqual(upTo(100));
    expect(statSync(path).mode & 0o777).toBe(0o640);
  });

  it("has them once after a kill between writing and remembering, and without the torn line", async () => {
    const disk = new TestDisk();
    const one = await recording(disk);
    for (const _ of upTo(10)) one.recorder.exchange(exchangeOf());
    const killed = disk.processDies();
    await one.recorder.flush();
    const spooled = disk.processDies();
    await one.settled();
    await one.recorder.close();
    // The spool as it was before the file had anything, and a file that was torn in its last line.
    expect(killed.segments()).toEqual([]);
    truncateSync(path, statSync(path).size - 20);
    const two = await recording(spooled);
    two.recorder.exchange(exchangeOf());
    await two.settled();
    await two.recorder.close();
    expect(positions()).toEqual(upTo(11));
  });

  it("has them once also where the file was rotated and packed in between", async () => {
    const disk = new TestDisk();
    const one = await recording(disk, { rotation: { bytesMax: 2_000, keep: 100, gzip: true } });
    const cursor = disk.text("cursor-file.json");
    for (const _ of upTo(12)) {
      one.recorder.exchange(exchangeOf());
      await one.settled();
    }
    await one.recorder.close();
    const before = disk.processDies();
    before.edit("cursor-file.json", () => Buffer.from(cursor));
    expect(readdirSync(folder).length).toBeGreaterThan(3);
    renameSync(path, `${path}.20990101T000000000Z-000000`);
    const two = await recording(before, { rotation: { keep: 100, gzip: true } });
    two.recorder.exchange(exchangeOf());
    await two.settled();
    await two.recorder.close();
    expect(positions()).toEqual(upTo(13));
  });

  it("has them once where the file before was packed at the very moment", async () => {
    const disk = new TestDisk();
    const one = await recording(disk);
    const cursor = disk.text("cursor-file.json");
    for (const _ of upTo(3)) one.recorder.exchange(exchangeOf());
    await one.settled();
    await one.recorder.close();
    const before = disk.processDies();
    before.edit("cursor-file.json", () => Buffer.from(cursor));
    // A start packs it while it is looked into.
    renameSync(path, `${path}.20261124T000000000Z-000000`);
    const two = await recording(before, { rotation: { keep: 100, gzip: true } });
    two.recorder.exchange(exchangeOf());
    await two.settled();
    await two.recorder.close();
    expect(readdirSync(folder)).toContain("audit.ndjson.20261124T000000000Z-000000.gz");
    expect(positions()).toEqual(upTo(4));
  });

  it("does not take another's events for its own where the spool was begun anew", async () => {
    const one = await recording(new TestDisk());
    one.recorder.exchange(exchangeOf());
    await one.settled();
    await one.recorder.close();
    const two = await recording(new TestDisk());
    two.recorder.exchange(exchangeOf());
    await two.settled();
    await two.recorder.close();
    expect(positions()).toEqual([1, 1]);
  });

  it("is opened anew when it was moved", async () => {
    const { recorder, settled } = await recording(new TestDisk(), { rotation: undefined });
    recorder.exchange(exchangeOf());
    await settled();
    renameSync(path, `${path}.1`);
    await recorder.reopen();
    recorder.exchange(exchangeOf());
    await settled();
    await recorder.close();
    expect(readFileSync(path, "utf8")).toContain('"position":2,');
    expect(readFileSync(`${path}.1`, "utf8")).toContain('"position":1,');
  });

  it("is a file", () => {
    writeFileSync(join(folder, "x"), "");
    expect(() => fileDestination({ path: join(folder, "x", "y"), name: "file", level: "info", rotation: {} })).toThrow(
      /ENOTDIR|EEXIST/,
    );
  });
});
