// The file: private, whole lines, rotated by size and time, packed, pruned, reopened, continued after a kill.
import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createRecorder, fileSink } from "../../src/monitoring/index.ts";
import { answeredExchange, NOW_MS } from "./exchanges.ts";

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "audit-"));
  path = join(folder, "audit.ndjson");
});
afterEach(() => rmSync(folder, { recursive: true }));

const DAY_MS = 86_400_000;
const LINE = "x".repeat(99);

/** A clock that tests move. */
function movableClock() {
  return { now: NOW_MS, nowMs: () => 0, monotonicMs: () => 0 };
}

function rotated(): string[] {
  return readdirSync(folder)
    .filter((name) => name !== "audit.ndjson")
    .sort();
}

function content(name: string): string {
  const bytes = readFileSync(join(folder, name));
  return (name.endsWith(".gz") ? gunzipSync(bytes) : bytes).toString("utf8");
}

describe("the file sink", () => {
  it("appends lines to a private file, in a folder that it makes", async () => {
    path = join(folder, "logs", "audit.ndjson");
    const old = process.umask(0);
    const sink = fileSink({ path });
    process.umask(old);
    sink.write("one");
    await sink.close();
    expect(readFileSync(path, "utf8")).toBe("one\n");
    expect(statSync(path).mode & 0o777).toBe(0o640);
    expect(statSync(join(folder, "logs")).mode & 0o777).toBe(0o750);
  });

  it("continues an existing file, also one whose last line was torn by a kill", async () => {
    writeFileSync(path, '{"whole":1}\n{"torn');
    const sink = fileSink({ path });
    sink.write("next");
    await sink.close();
    expect(readFileSync(path, "utf8")).toBe('{"whole":1}\n{"torn\nnext\n');
    const again = fileSink({ path });
    again.write("more");
    await again.close();
    expect(readFileSync(path, "utf8")).toBe('{"whole":1}\n{"torn\nnext\nmore\n');
  });

  it("refuses at once what is no file", () => {
    expect(() => fileSink({ path: folder })).toThrow(/EISDIR/);
    expect(() => fileSink({ path: "/dev/null" })).toThrow(/not a regular file/);
  });

  it("writes the events of a recorder in two lines of code", async () => {
    const recorder = createRecorder({ sinks: [fileSink({ path })] });
    recorder.exchange(answeredExchange());
    await recorder.close();
    expect(JSON.parse(readFileSync(path, "utf8"))).toMatchObject({ event: { action: "api_access" } });
  });

  it("rotates by size: no line is torn or lost, and the newest files stay", async () => {
    const sink = fileSink({ path, rotation: { bytesMax: 1_000, keep: 3 }, batch: { flushBytes: 200, delayMs: 1 } });
    for (let i = 0; i < 60; i += 1) {
      sink.write(`${String(i).padStart(4, "0")}${LINE.slice(4)}`);
      if (i % 2 === 1) await sink.flush();
    }
    await sink.close();
    const names = rotated();
    expect(names).toHaveLength(3);
    const lines = [...names, "audit.ndjson"].flatMap((name) => content(name).trimEnd().split("\n"));
    for (const name of names) {
      expect(statSync(join(folder, name)).size).toBeLessThanOrEqual(1_000);
      expect(statSync(join(folder, name)).mode & 0o777).toBe(0o640);
    }
    expect(lines.every((line) => line.length === LINE.length)).toBe(true);
    // The kept files and the current one hold the end of the record without a gap.
    expect(lines.map((line) => Number(line.slice(0, 4)))).toEqual(
      Array.from({ length: lines.length }, (_, i) => 60 - lines.length + i),
    );
    expect(lines.length).toBeGreaterThan(30);
  });

  it("rotates by time, at the end of the period in UTC", async () => {
    const clock = movableClock();
    clock.nowMs = () => clock.now;
    const sink = fileSink({ path, clock, rotation: { everyMs: DAY_MS } });
    sink.write("first day");
    await sink.flush();
    clock.now = Date.UTC(2026, 10, 24, 23, 59, 59, 999);
    sink.write("still");
    await sink.flush();
    expect(rotated()).toEqual([]);
    clock.now += 1;
    sink.write("second day");
    await sink.close();
    expect(rotated()).toEqual(["audit.ndjson.20261125T000000000Z-000000"]);
    expect(content(rotated()[0] as string)).toBe("first day\nstill\n");
    expect(content("audit.ndjson")).toBe("second day\n");
  });

  it("rotates a file that an earlier process left in an earlier period", async () => {
    const clock = movableClock();
    clock.nowMs = () => clock.now;
    writeFileSync(path, "yesterday\n");
    utimesSync(path, new Date(NOW_MS - DAY_MS), new Date(NOW_MS - DAY_MS));
    const sink = fileSink({ path, clock, rotation: { everyMs: DAY_MS } });
    sink.write("today");
    await sink.close();
    expect(content(rotated()[0] as string)).toBe("yesterday\n");
    expect(content("audit.ndjson")).toBe("today\n");
  });

  it("never takes the newest for the oldest where the clock goes back", async () => {
    const clock = movableClock();
    clock.nowMs = () => clock.now;
    const sink = fileSink({ path, clock, rotation: { bytesMax: 10, keep: 2 } });
    for (const text of ["one one one", "two two two", "three three", "four four"]) {
      sink.write(text);
      await sink.flush();
      clock.now -= 60_000;
    }
    await sink.close();
    expect(rotated().map(content)).toEqual(["two two two\n", "three three\n"]);
  });

  it("packs rotated files, privately, and clears what an earlier process left half done", async () => {
    writeFileSync(`${path}.20200101T000000000Z-000000`, "older\n");
    writeFileSync(`${path}.20200101T000000000Z-000000.gz.partial`, "half");
    writeFileSync(`${path}.notes.txt`, "another's");
    const sink = fileSink({ path, rotation: { bytesMax: 10, gzip: true } });
    sink.write("one one one");
    await sink.flush();
    sink.write("two");
    await sink.close();
    const names = rotated();
    expect(names).toHaveLength(3);
    expect(names.slice(0, 2).every((name) => name.endsWith("Z-000000.gz"))).toBe(true);
    expect(names.slice(0, 2).map(content)).toEqual(["older\n", "one one one\n"]);
    expect(statSync(join(folder, names[1] as string)).mode & 0o777).toBe(0o640);
    expect(names[2]).toBe("audit.ndjson.notes.txt");
  });

  it("opens the path anew after somebody else moved the file", async () => {
    const sink = fileSink({ path, rotation: false });
    sink.write("before");
    await sink.flush();
    renameSync(path, `${path}.1`);
    sink.write("until reopened");
    await sink.flush();
    await sink.reopen?.();
    sink.write("after");
    await sink.close();
    expect(content("audit.ndjson.1")).toBe("before\nuntil reopened\n");
    expect(content("audit.ndjson")).toBe("after\n");
  });

  it("reopens between two lines while it is being written to", async () => {
    const recorder = createRecorder({ sinks: [fileSink({ path, rotation: false, batch: { delayMs: 1 } })] });
    for (let round = 0; round < 20; round += 1) {
      for (let i = 0; i < 50; i += 1) recorder.exchange(answeredExchange());
      if (round % 5 === 4) {
        renameSync(path, `${path}.${round}`);
        await recorder.reopen();
      }
    }
    await recorder.close();
    const lines = readdirSync(folder).flatMap((name) => content(name).split("\n").filter(Boolean));
    expect(lines).toHaveLength(1_000);
    for (const line of lines) JSON.parse(line);
  });

  it("goes on in a file that grows where it cannot rotate", async () => {
    const failing: string[] = [];
    const sink = fileSink({ path, rotation: { bytesMax: 10 } });
    const unasked = (): void => {};
    sink.connect?.({
      room: unasked,
      failing: unasked,
      working: unasked,
      lost: unasked,
      unrotated: (code) => failing.push(code),
    });
    sink.write("one one one");
    await sink.flush();
    // The folder goes away: there is nowhere to move the file to, and the open file is still there.
    rmSync(folder, { recursive: true });
    sink.write("two");
    await sink.flush();
    expect(failing).toEqual(["ENOENT"]);
    await sink.close();
    folder = mkdtempSync(join(tmpdir(), "audit-"));
  });

  it.each([
    ["emptied", "truncateSync(PATH, 0)"],
    ["removed", "unlinkSync(PATH)"],
  ])("survives a full disk and loses nothing that fits into memory: the file is %s", async (_, makeRoom) => {
    // It is tried again only when closed, so that no write is under way while the file is changed.
    // /dev/full answers ENOSPC to each write, but is no regular file: a limit on the file's size is as good.
    const child = spawn(
      "bash",
      ["-c", `trap '' XFSZ; ulimit -f 1; exec "$0" --input-type=module-typescript -e "$PROGRAM"`, process.execPath],
      {
        env: {
          ...process.env,
          PROGRAM: `
            import { createRecorder, fileSink } from ${JSON.stringify(join(import.meta.dirname, "../../src/monitoring/index.ts"))};
            import { answeredExchange } from ${JSON.stringify(join(import.meta.dirname, "exchanges.ts"))};
            import { truncateSync, unlinkSync } from "node:fs";
            const recorder = createRecorder({ sinks: [fileSink({ path: ${JSON.stringify(path)}, rotation: false, batch: { retryMs: 60_000, retryMsMax: 60_000 } })] });
            process.on("SIGXFSZ", () => {});
            for (let i = 0; i < 2; i += 1) recorder.exchange(answeredExchange());
            await recorder.flush();
            process.stdout.write("full\\n");
            process.stdin.once("data", async () => { ${makeRoom.replace("PATH", JSON.stringify(path))}; await recorder.close(); process.exit(0); });`,
        },
        stdio: ["pipe", "pipe", "inherit"],
      },
    );
    await once(child.stdout, "data");
    const before = readFileSync(path, "utf8");
    expect(before).toHaveLength(1_024);
    child.stdin.write("go\n");
    expect((await once(child, "close"))[0]).toBe(0);
    // The line that was half written then stands whole in what came after.
    const sequences = (text: string) =>
      text
        .split("\n")
        .slice(0, -1)
        .map((line) => (JSON.parse(line) as { event: { sequence: number } }).event.sequence);
    expect(sequences(before)).toEqual([1]);
    expect(sequences(readFileSync(path, "utf8"))).toEqual([2]);
  });

  it("holds every event older than 20 ms when the process is killed", async () => {
    const child = spawn(
      process.execPath,
      [
        "--input-type=module-typescript",
        "-e",
        `import { stat } from "node:fs/promises";
         import { createRecorder, fileSink } from ${JSON.stringify(join(import.meta.dirname, "../../src/monitoring/index.ts"))};
         import { answeredExchange } from ${JSON.stringify(join(import.meta.dirname, "exchanges.ts"))};
         const recorder = createRecorder({ sinks: [fileSink({ path: ${JSON.stringify(path)} })] });
         let count = 0; const times = [];
         for (;;) {
           for (let i = 0; i < 20; i += 1) { recorder.exchange(answeredExchange()); count += 1; }
           times.push([performance.now(), count]);
           // Twice the promise, and twenty turns of the timers and of the one thread that writes: a machine that stalls for long stalls them as well.
           let known = 0;
           for (const [at, upTo] of times.slice(0, -20)) if (performance.now() - at > 40) known = upTo;
           if (known > 1000) { process.stdout.write(String(known)); process.kill(process.pid, "SIGKILL"); }
           await new Promise((resolve) => setTimeout(resolve, 2));
           await stat(${JSON.stringify(path)});
         }`,
      ],
      { stdio: ["ignore", "pipe", "inherit"], env: { ...process.env, UV_THREADPOOL_SIZE: "1" } },
    );
    let known = "";
    child.stdout.on("data", (chunk) => (known += String(chunk)));
    await once(child, "close");
    const text = readFileSync(path, "utf8");
    const lines = text.slice(0, text.lastIndexOf("\n")).split("\n");
    for (const line of lines) JSON.parse(line);
    expect(lines.length).toBeGreaterThanOrEqual(Number(known));
    expect(Number(known)).toBeGreaterThan(1_000);
  });
});
