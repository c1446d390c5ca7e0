// Guards what `portcullis audit verify` says of records that are not all there: removed by retention or by hand, broken, dropped.
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { createRecorder, fileDestination, linkOf, makeDiskFiles } from "../../src/monitoring/index.ts";
import { folderWith } from "../configuration/folder.ts";
import { delivering } from "../monitoring/delivery/delivering.ts";
import { ScriptedDestination } from "../monitoring/delivery/scripted-destination.ts";
import { fullExchange } from "../monitoring/exchanges.ts";
import { keyed, live, recorded } from "./recorded.ts";
import { run } from "./running.ts";

const rotated = (cwd: string) =>
  readdirSync(cwd)
    .filter((name) => /^audit\.ndjson\.\d/.test(name))
    .sort();

function unpacked(bytes: Buffer): Buffer | undefined {
  try {
    return gunzipSync(bytes);
  } catch {
    return undefined;
  }
}

function positionsOf(file: string): number[] {
  const bytes = readFileSync(file);
  const text = (file.endsWith(".gz") ? gunzipSync(bytes) : bytes).toString("utf8");
  return text
    .trimEnd()
    .split("\n")
    .map((line) => linkOf(line)?.position as number);
}

describe("a record whose beginning is gone", () => {
  it("is whole where retention removed it, which an event says before it is done", async () => {
    const { cwd, publicKey } = await keyed("filesMax: 2");
    for (let life = 0; life < 3; life += 1) await live(cwd, 25);
    const files = rotated(cwd);
    // One more may stand while the event that says it goes is on its way.
    expect(files.length).toBeLessThanOrEqual(3);
    const first = positionsOf(path.join(cwd, files[0] as string))[0] as number;
    expect(first).toBeGreaterThan(20);
    const { code, out } = await run(["audit", "verify"], { cwd });
    expect([code, out]).toEqual([
      0,
      expect.stringMatching(
        new RegExp(
          `^whole: events ${first} to \\d+ \\(retention removed those up to \\d+: event \\d+ says so\\)\\n\\d+ checkpoints agree`,
        ),
      ),
    ]);
    // Somebody removes one more.
    rmSync(path.join(cwd, files[0] as string));
    const next = positionsOf(path.join(cwd, files[1] as string))[0] as number;
    const less = await run(["audit", "verify"], { cwd });
    expect([less.code, less.out]).toEqual([
      1,
      expect.stringMatching(/^missing: events \d+ to \d+ should stand before/),
    ]);
    expect(less.out).toContain(` to ${next - 1} should`);
    // As anybody sees it who has the files, a copy of the checkpoints and the public key.
    const named = [...files.slice(1), "audit.ndjson"];
    const elsewhere = ["audit", "verify", ...named, "--checkpoints", "checkpoints.txt", "--key", publicKey];
    expect(await run(elsewhere, { cwd })).toMatchObject({
      code: 1,
      out: expect.stringMatching(/^missing: events/) as string,
    });
    // Who wants only a part says so.
    expect((await run([...elsewhere, "--from", "2000-01-01"], { cwd })).out).toMatch(
      new RegExp(`^whole: events ${next} to \\d+ \\(what was before ${next} is not here\\)`),
    );
  });

  it("is not where somebody took it away, while the gateway ran or not, and a checkpoint says what there was", async () => {
    const { cwd } = await recorded();
    const files = rotated(cwd);
    rmSync(path.join(cwd, files[0] as string));
    const missing = async () => JSON.parse((await run(["audit", "verify", "--json"], { cwd })).out) as object;
    expect(await missing()).toMatchObject({ isWhole: false, finding: { what: "missing", from: 1 } });
    expect((await run(["audit", "verify"], { cwd })).out).toMatch(
      /no event says that retention removed them; at \S+ there were 30 events, as a checkpoint says/,
    );
    // The next life makes no excuse for it.
    await live(cwd, 15);
    expect(await missing()).toMatchObject({ isWhole: false, finding: { what: "missing", from: 1 } });
  });
});

describe("a packed file with one byte flipped", () => {
  it("is named with what is lost in it, and every other file is judged", async () => {
    const { cwd } = await recorded();
    await live(cwd, 15);
    const files = rotated(cwd).filter((name) => name.endsWith(".gz"));
    const broken = files[1] as string;
    const file = path.join(cwd, broken);
    const bytes = readFileSync(file);
    const positions = positionsOf(file);
    const [first, last] = [positions[0], positions.at(-1)];
    const seen: unknown[] = [];
    const wanted: unknown[] = [];
    // The head of the format, all classes of what is packed, checksum and length at the end.
    for (const at of [
      0,
      1,
      2,
      3,
      10,
      11,
      20,
      bytes.length >> 1,
      ...[9, 8, 4, 1].map((before) => bytes.length - before),
    ]) {
      const damaged = Buffer.from(bytes).fill((bytes[at] as number) ^ 0x10, at, at + 1);
      writeFileSync(file, damaged);
      const { code, out, err } = await run(["audit", "verify"], { cwd });
      const isNamed = /^(?:altered|foreign|missing): .*audit\.ndjson/.test(out);
      // All that can be read is held against the checkpoints, the files behind it too.
      const isJudged = /\d checkpoints agree, the last of them at event 45/.test(out);
      seen.push([at, code, isNamed, isJudged, err]);
      // What the format does not use may change: the record is the same then.
      const isSame = unpacked(damaged)?.equals(gunzipSync(bytes)) === true;
      wanted.push([at, isSame ? 0 : 1, !isSame, true, ""]);
    }
    expect(seen).toEqual(wanted);
    writeFileSync(file, Buffer.from(bytes).fill((bytes[10] as number) ^ 0x10, 10, 11));
    expect((await run(["audit", "verify"], { cwd })).out).toContain(
      `altered: ${broken} cannot be read to its end (Z_DATA_ERROR behind line 0): events ${first} to ${last} before`,
    );
    // Two of them, and something else behind: all are named.
    const other = path.join(cwd, files[2] as string);
    writeFileSync(other, readFileSync(other).fill(0xff, 10, 14));
    const both = await run(["audit", "verify"], { cwd });
    expect(both.out.match(/altered: \S+ cannot be read to its end/g)).toHaveLength(2);
    writeFileSync(file, bytes);
    expect((await run(["audit", "verify"], { cwd })).out).toContain(`altered: ${files[2] as string} cannot be read`);
  });

  it("cut short is named too, also where it is the last", async () => {
    const { cwd } = await recorded();
    const files = rotated(cwd).filter((name) => name.endsWith(".gz"));
    const bytes = readFileSync(path.join(cwd, files[0] as string));
    writeFileSync(path.join(cwd, files[0] as string), bytes.subarray(0, bytes.length - 30));
    expect(await run(["audit", "verify"], { cwd })).toMatchObject({
      code: 1,
      out: expect.stringContaining(`${files[0] as string} cannot be read to its end`) as string,
    });
    const alone = await run(
      ["audit", "verify", files[0] as string, "--key", "audit.key", "--checkpoints", "checkpoints.txt"],
      { cwd },
    );
    expect([alone.code, alone.out]).toEqual([1, expect.stringContaining("to 30 before the end are lost")]);
    expect((await run(["audit", "verify", "none.ndjson"], { cwd })).code).toBe(2);
  });
});

describe("a record with events that the spool dropped", () => {
  it("is whole but for them, with exit code 0", async () => {
    const cwd = folderWith({});
    const file = fileDestination({
      path: path.join(cwd, "audit.ndjson"),
      name: "file",
      level: "info",
      rotation: undefined,
    });
    // Its disk is away for a while, and it has few events in its hands.
    Object.assign(file, { recordsMax: 1 });
    let isAway = false;
    const deliver = file.deliver.bind(file);
    file.deliver = async (records, signal) =>
      isAway ? { kind: "unavailable", reason: "away" } : deliver(records, signal);
    const quick = new ScriptedDestination({ name: "quick" });
    const bounds = { bytesMax: 30_000, segmentBytesMax: 6_000, whenFull: "drop-oldest" } as const;
    const { delivery } = await delivering(await makeDiskFiles(path.join(cwd, "spool")), {
      destinations: [file, quick],
      ...bounds,
    });
    const recorder = createRecorder({ sinks: [], delivery, tell: () => undefined });
    const isBehind = () => !isAway && isWaiting();
    const isWaiting = () => delivery.snapshot().destinations["file"]?.waiting !== 0;
    for (let i = 1; i <= 120; i += 1) {
      if (i === 6) isAway = true;
      recorder.exchange(fullExchange());
      await quick.until(() => quick.taken.length >= i);
      while (isBehind()) await new Promise((done) => setTimeout(done, 1));
    }
    isAway = false;
    while (isWaiting()) await new Promise((done) => setTimeout(done, 1));
    await recorder.close();
    const { dropped } = delivery.snapshot().destinations["file"]!;
    const { code, out } = await run(["audit", "verify", "audit.ndjson"], { cwd });
    expect(code).toBe(0);
    expect(out).toMatch(new RegExp(`^whole but for ${dropped} events that were dropped: events 1 to \\d+\\n`));
    expect(out).toMatch(/file never got events 7 to \d+, which the spool dropped: event \d+ says so/);
    const json = JSON.parse((await run(["audit", "verify", "audit.ndjson", "--json"], { cwd })).out) as object;
    expect(json).toMatchObject({ isWhole: true, dropped });
    const other = await run(["audit", "verify", "audit.ndjson", "--sink", "quick"], { cwd });
    expect([other.code, other.out]).toEqual([1, expect.stringMatching(/^missing: events 7 to /)]);
  });
});
