// A sink that cannot keep up: nothing waits for it, what is lost is counted, and the log says so itself.
import { describe, expect, it } from "vitest";
import { Batch, type BatchOptions } from "../../src/monitoring/batch.ts";
import { createRecorder, type Sink } from "../../src/monitoring/index.ts";
import { answeredExchange, clock, MemorySink } from "./exchanges.ts";

/** A disk that can be held up or full. */
class Disk {
  text = "";
  writes = 0;
  held: Promise<void> | undefined;
  error: Error | undefined;
  /** Most bytes that one write takes. */
  bytesMax = Number.POSITIVE_INFINITY;

  readonly append = async (chunk: Uint8Array, offset: number): Promise<number> => {
    this.writes += 1;
    await this.held;
    if (this.error !== undefined) throw this.error;
    const end = Math.min(chunk.length, offset + this.bytesMax);
    this.text += Buffer.from(chunk.subarray(offset, end)).toString("utf8");
    return end - offset;
  };

  get lines(): string[] {
    return this.text.split("\n").slice(0, -1);
  }

  sink(options: Partial<BatchOptions> = {}): Sink {
    const batch = new Batch({ append: this.append, delayMs: 1, retryMs: 1, retryMsMax: 2, closeMs: 50, ...options });
    return {
      name: "disk",
      connect: (listener) => batch.connect(listener),
      write: (line) => batch.write(line),
      flush: () => batch.flush(),
      close: () => batch.close(),
    };
  }
}

const full = Object.assign(new Error("no space"), { code: "ENOSPC" });

describe("a batch", () => {
  it("writes lines in order, many in one write", async () => {
    const disk = new Disk();
    const sink = disk.sink();
    for (let i = 0; i < 10_000; i += 1) sink.write(`line ${i} ü`);
    await sink.flush();
    expect(disk.lines).toEqual(Array.from({ length: 10_000 }, (_, i) => `line ${i} ü`));
    expect(disk.writes).toBeLessThan(5);
  });

  // Between the last look of a write and its end there are moments in which it takes nothing any more.
  it.each(Array.from({ length: 12 }, (_, hops) => hops))(
    "flushes, and closes, what came %i turns after a write was done",
    async (hops) => {
      for (const end of ["flush", "close"] as const) {
        const disk = new Disk();
        const sink = disk.sink({ delayMs: 60_000 });
        const written = Promise.withResolvers<void>();
        disk.held = (async () => written.resolve())();
        sink.write("a");
        const first = sink.flush();
        await written.promise;
        for (let hop = 0; hop < hops; hop += 1) await Promise.resolve();
        sink.write("b");
        await sink[end]();
        expect(disk.lines).toEqual(["a", "b"]);
        await first;
      }
    },
  );

  it("flushes all of it for each of two that ask", async () => {
    const disk = new Disk();
    const sink = disk.sink({ delayMs: 60_000 });
    disk.error = full;
    sink.write("a");
    await sink.flush();
    const flushed = sink.flush();
    sink.write("b");
    disk.error = undefined;
    await Promise.all([flushed, sink.flush()]);
    expect(disk.lines).toEqual(["a", "b"]);
  });

  it("writes by itself, without flush", async () => {
    const disk = new Disk();
    const sink = disk.sink();
    sink.write("a");
    await expect.poll(() => disk.text).toBe("a\n");
    // Also what came while a write was under way.
    let release = (): void => {};
    disk.held = new Promise((resolve) => (release = resolve));
    sink.write("b");
    await expect.poll(() => disk.writes).toBe(2);
    sink.write("c");
    release();
    await expect.poll(() => disk.text).toBe("a\nb\nc\n");
  });

  it("gathers lines that come while it writes, rather than writing each", async () => {
    const disk = new Disk();
    const sink = disk.sink({ delayMs: 20 });
    for (let i = 0; i < 50; i += 1) {
      sink.write(`${i}`);
      await new Promise((resolve) => setImmediate(resolve));
    }
    await sink.close();
    expect(disk.lines).toHaveLength(50);
    expect(disk.writes).toBeLessThan(10);
  });

  it("goes on where the system took only a part", async () => {
    const disk = new Disk();
    disk.bytesMax = 3;
    const sink = disk.sink();
    sink.write("abcdefgh");
    sink.write("ijkl");
    await sink.flush();
    expect(disk.text).toBe("abcdefgh\nijkl\n");
  });

  it("takes a line that is longer than any buffer", async () => {
    const disk = new Disk();
    const sink = disk.sink();
    sink.write("x".repeat(300_000));
    sink.write("y");
    await sink.close();
    expect(disk.lines.map((line) => line.length)).toEqual([300_000, 1]);
  });

  it("keeps what it could not write and writes it later, once", async () => {
    const disk = new Disk();
    disk.error = full;
    const sink = disk.sink();
    sink.write("a");
    await sink.flush();
    sink.write("b");
    expect(disk.text).toBe("");
    disk.error = undefined;
    await expect.poll(() => disk.text).toBe("a\nb\n");
  });

  it("ends in bounded time where writing fails for good or never returns", async () => {
    for (const state of [{ error: full }, { held: new Promise<void>(() => {}) }]) {
      const disk = Object.assign(new Disk(), state);
      const sink = disk.sink();
      sink.write("a");
      await sink.close();
      expect(disk.text).toBe("");
      expect(sink.write("late")).toBe(false);
    }
  });

  it("takes nothing after it was closed", async () => {
    const disk = new Disk();
    const sink = disk.sink();
    sink.write("a");
    await sink.close();
    expect(sink.write("b")).toBe(false);
    expect(disk.text).toBe("a\n");
  });
});

describe("a sink that fails", () => {
  const observed = (disk: Disk, options: Partial<BatchOptions> = {}) => {
    const told: string[] = [];
    const recorder = createRecorder({ sinks: [disk.sink(options)], clock, tell: (line) => told.push(line) });
    return { told, recorder };
  };
  const codes = (disk: Disk) =>
    disk.lines.map((line) => (JSON.parse(line) as { event: { code?: string } }).event.code ?? "exchange");

  it("is told to the operator though it is the only one, once, and again when it works, with what was dropped", async () => {
    const disk = new Disk();
    disk.error = full;
    const { told, recorder } = observed(disk, { waitingBytesMax: 20_000 });
    expect(recorder.failing()).toEqual([]);
    for (let i = 0; i < 200; i += 1) recorder.exchange(answeredExchange());
    await recorder.flush();
    await expect.poll(() => disk.writes).toBeGreaterThan(3);
    const dropped = recorder.snapshot().dropped["0:disk"] as number;
    expect(told).toEqual([
      "Events cannot be written to the sink disk (ENOSPC). They are kept in memory as long as there is room.",
    ]);
    expect(recorder.failing()).toEqual(["0:disk"]);
    disk.error = undefined;
    await expect.poll(() => codes(disk)).toContain("monitoring.events-dropped");
    expect(told.slice(1)).toEqual([`Events are written to the sink disk again; ${dropped} were dropped meanwhile.`]);
    expect(recorder.failing()).toEqual([]);
    await recorder.flush();
    const kept = codes(disk).filter((code) => code === "exchange");
    expect(kept).toHaveLength(200 - dropped);
    const gap = disk.lines.map((line) => JSON.parse(line)).find(({ event }) => event.code?.endsWith("events-dropped"));
    // The event that it works again found no room either.
    expect(gap.portcullis.data.count - dropped).toBeLessThanOrEqual(1);
    await recorder.close();
  });

  it("says in itself that it failed, where all could be kept", async () => {
    const disk = new Disk();
    disk.error = full;
    const { recorder } = observed(disk);
    recorder.exchange(answeredExchange());
    await recorder.flush();
    disk.error = undefined;
    await expect.poll(() => codes(disk)).toEqual(["exchange", "monitoring.sink-working"]);
    await recorder.close();
  });

  it("is told to be incomplete where it is closed before it works again", async () => {
    const disk = new Disk();
    disk.error = full;
    const { told, recorder } = observed(disk);
    for (let i = 0; i < 5; i += 1) recorder.exchange(answeredExchange());
    await recorder.flush();
    for (let i = 0; i < 5; i += 1) recorder.exchange(answeredExchange());
    await recorder.close();
    expect(told[1]).toBe("10 events are missing in the sink disk: it could not be written to the end.");
    expect(recorder.snapshot().dropped["0:disk"]).toBe(10);
  });
});

describe("a sink that cannot keep up", () => {
  it("loses the newest, counts them and says so once there is room", async () => {
    const disk = new Disk();
    let release = (): void => {};
    disk.held = new Promise((resolve) => (release = resolve));
    const recorder = createRecorder({ sinks: [disk.sink({ waitingBytesMax: 20_000 })], clock });
    for (let i = 0; i < 200; i += 1) recorder.exchange(answeredExchange());
    const dropped = recorder.snapshot().dropped["0:disk"] as number;
    expect(dropped).toBeGreaterThan(100);
    expect(recorder.snapshot().exchanges["2xx"]).toBe(200);
    release();
    await recorder.flush();
    recorder.exchange(answeredExchange());
    await recorder.close();
    const events = disk.lines.map((line) => JSON.parse(line) as Record<string, { code?: string; data?: object }>);
    const announced = events.filter((event) => event["event"]?.code === "monitoring.events-dropped");
    expect(announced).toHaveLength(1);
    expect(announced[0]?.["portcullis"]?.data).toEqual({ sink: "0:disk", count: dropped });
    // 200 less the dropped, the announcement, and one after it: the record is complete but for what it says is missing.
    expect(events).toHaveLength(200 - dropped + 2);
  });

  it("is reported to the other sinks, once an outage", async () => {
    const disk = new Disk();
    disk.error = full;
    const other = new MemorySink();
    const recorder = createRecorder({ sinks: [disk.sink(), other], clock });
    recorder.exchange(answeredExchange());
    await recorder.flush();
    await expect.poll(() => disk.writes).toBeGreaterThan(3);
    const told = other.systemEvents().filter((event) => event.event.code === "monitoring.sink-failing");
    expect(told).toHaveLength(1);
    expect(told[0]?.portcullis?.data).toEqual({ sink: "0:disk", code: "ENOSPC" });
    expect(told[0]?.log.level).toBe("error");
    disk.error = undefined;
    await recorder.close();
    expect(disk.lines).toHaveLength(1);
  });
});
