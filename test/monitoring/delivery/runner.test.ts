// Guards delivery: what is sent again and what is not, how long is waited, who is set aside, and that the counts add up.
import { describe, expect, it } from "vitest";
import { systemClock } from "../../../src/core/clock.ts";
import { createRecorder } from "../../../src/monitoring/index.ts";
import { eventHash, linkOf, NO_PREVIOUS } from "../../../src/monitoring/spool/chain.ts";
import { Ulids } from "../../../src/monitoring/ulid.ts";
import { MemorySink } from "../exchanges.ts";
import { TestDisk } from "../spool/disk.ts";
import { delivering, numberOf, upTo } from "./delivering.ts";
import { answered, away, ScriptedDestination } from "./scripted-destination.ts";

describe("delivery", () => {
  it("sends only what was not taken again, and goes on meanwhile", async () => {
    const to = new ScriptedDestination({ recordsMax: 10 });
    to.script.push((records) => answered(records.map(({ position }) => (position % 2 === 0 ? "retry" : "delivered"))));
    const { delivery, add } = await delivering(new TestDisk(), { destinations: [to] });
    for (const n of upTo(30)) add(n);
    await to.until(() => to.taken.length === 30);
    await delivery.close();
    expect(to.taken.map(numberOf).toSorted((a, b) => a - b)).toEqual(upTo(30));
    expect(to.batches.every((batch) => batch.length <= 10)).toBe(true);
    expect(to.isClosed).toBe(true);
  });

  it("keeps its cursor by bytes, too: lives too short for its interval leave no more behind it than a file knows again", async () => {
    const to = new ScriptedDestination({ bytesMax: 500_000 });
    const disk = new TestDisk();
    const behind: number[] = [];
    to.always = (records) => {
      const { next } = JSON.parse(disk.text("cursor-scripted.json")) as { next: number };
      behind.push(records.at(-1)!.position - next + 1);
      return answered(records.map(() => "delivered"));
    };
    const runner = { saveEveryMs: Number.POSITIVE_INFINITY };
    const { delivery } = await delivering(disk, { destinations: [to], runner });
    const json = Buffer.from(`{"message":"${"x".repeat(100_000)}","portcullis":{}}`);
    const ulids = new Ulids();
    for (const n of upTo(120)) {
      delivery.append(json, json.length, { id: ulids.next(n), timeMs: n, level: "info", hasPortcullis: true });
    }
    await to.until(() => to.taken.length === 120);
    await delivery.close();
    // Twelve million bytes, 100,000 each: at most four MiB and a batch.
    expect(Math.max(...behind)).toBeLessThan(50);
  });

  it("delivers at its end what came while it wrote down that there was nothing more", async () => {
    const to = new ScriptedDestination();
    const disk = new TestDisk();
    const { delivery, add } = await delivering(disk, { destinations: [to], runner: { saveEveryMs: 60_000 } });
    const noted = Promise.withResolvers<void>();
    const isNoting = Promise.withResolvers<void>();
    const replace = disk.replace.bind(disk);
    disk.replace = async (name, text) => {
      if (name.startsWith("cursor-")) isNoting.resolve();
      if (name.startsWith("cursor-")) await noted.promise;
      return replace(name, text);
    };
    add(1);
    await isNoting.promise;
    add(2);
    await delivery.flush();
    const closed = delivery.close();
    // Everything that closing does by itself has been done by then.
    await new Promise((resolve) => setImmediate(resolve));
    noted.resolve();
    expect(await closed).toBe(0);
    expect(to.positions()).toEqual([1, 2]);
  });

  it("offers what was not taken as it was, however much is read meanwhile", async () => {
    const to = new ScriptedDestination({ recordsMax: 4 });
    const { delivery } = await delivering(new TestDisk(), { destinations: [to] });
    const ulids = new Ulids();
    const texts = upTo(80).map((n) => `{"event":{"sequence":${n}},"message":"${String(n).repeat(40_000)}"`);
    to.always = (records) => {
      const isTaken = (position: number) => position !== 2 || to.taken.length === texts.length - 1;
      return answered(records.map(({ position }) => (isTaken(position) ? "delivered" : "retry")));
    };
    for (const text of texts) {
      const json = Buffer.from(`${text}}`);
      const head = { id: ulids.next(0), timeMs: 0, level: "info", hasPortcullis: false } as const;
      expect(delivery.append(json, json.length, head)).toBe(true);
      // Read in pieces, so that memory is used again many times.
      await delivery.flush();
    }
    await to.until(() => to.taken.length === texts.length);
    await delivery.close();
    const shown = to.taken.map(({ position, json }) => ({ position, text: Buffer.from(json).toString() }));
    expect(shown.at(-1)?.position).toBe(2);
    for (const { position, text } of shown) expect(text.startsWith(texts[position - 1] as string)).toBe(true);
  });

  it("passes over what is not meant for it, counted so, and lets it rest: what comes meanwhile goes together", async () => {
    const to = new ScriptedDestination({ recordsMax: 100 });
    let restMs = 0;
    Object.assign(to, {
      takes: (record: { json: Uint8Array }) => numberOf(record as never) % 2 === 0,
      restMs: () => restMs,
    });
    const { delivery, add } = await delivering(new TestDisk(), { destinations: [to], runner: { reviveEveryMs: 5 } });
    add(2);
    await to.until(() => to.taken.length === 1);
    restMs = 60_000;
    for (const n of upTo(30).slice(2)) add(n);
    await delivery.flush();
    expect(to.batches).toHaveLength(1);
    restMs = 0;
    await to.until(() => to.taken.length === 15);
    await delivery.close();
    expect(to.batches.map((batch) => batch.length)).toEqual([1, 14]);
    expect(delivery.snapshot().destinations["scripted"]).toMatchObject({ delivered: 15, filtered: 14, waiting: 0 });
  });

  it("begins each batch within its size, with one record at least", async () => {
    const to = new ScriptedDestination({ bytesMax: 700 });
    const { delivery, add } = await delivering(new TestDisk(), { destinations: [to] });
    for (const n of upTo(20)) add(n);
    await to.until(() => to.taken.length === 20);
    await delivery.close();
    const sizes = to.batches.map((batch) => batch.reduce((sum, { json }) => sum + json.length, 0));
    expect(Math.max(...sizes)).toBeLessThanOrEqual(700);
    expect(to.batches.length).toBeLessThan(20);
    const small = new ScriptedDestination({ bytesMax: 1 });
    const one = await delivering(new TestDisk(), { destinations: [small] });
    for (const n of upTo(3)) one.add(n);
    await small.until(() => small.taken.length === 3);
    await one.delivery.close();
    expect(small.batches.map((batch) => batch.length)).toEqual([1, 1, 1]);
  });

  it("sets aside what is refused for good, with its reason, and what is refused for now without end", async () => {
    const disk = new TestDisk();
    const to = new ScriptedDestination();
    to.always = (records) =>
      answered(
        records.map((record) => {
          if (numberOf(record) === 3) return { dead: "mapper_parsing_exception" };
          return numberOf(record) === 5 ? "retry" : "delivered";
        }),
      );
    const { delivery, add, said } = await delivering(disk, {
      destinations: [to],
      runner: { attemptsMax: 3, attemptsForMs: 0 },
    });
    for (let n = 1; delivery.snapshot().destinations["scripted"]?.dead !== 2; n += 1) {
      add(n);
      await delivery.flush();
      await to.until(() => to.batches.length >= 1);
      // The disk of tests is so quick that timers would never have their turn.
      await new Promise((done) => setImmediate(done));
    }
    await delivery.close();
    const letters = disk.text("dead-scripted.ndjson").trim().split("\n");
    expect(letters.map((line) => JSON.parse(line) as { position: number; reason: string })).toMatchObject([
      { position: 3, reason: "mapper_parsing_exception", event: { message: "event 3" } },
      { position: 5, reason: expect.stringMatching(/^refused for now \d+ times/) as string },
    ]);
    expect(said.map(({ action }) => action)).toContain("monitoring.dead-lettered");
    const { delivered, dead, waiting } = delivery.snapshot().destinations["scripted"]!;
    expect({ delivered, dead, waiting }).toEqual({ delivered: to.taken.length, dead: 2, waiting: 0 });
  });

  it("waits as long as it is asked, tells once that nothing is taken, and once that it is again", async () => {
    const to = new ScriptedDestination();
    to.script.push(away, away, () => ({ kind: "unavailable", reason: "429", retryAfterMs: 60 }), away);
    const { delivery, add, said } = await delivering(new TestDisk(), { destinations: [to] });
    add(1);
    await to.until(() => to.batches.length === 3);
    const askedMs = systemClock.monotonicMs();
    await to.until(() => to.batches.length === 4);
    expect(systemClock.monotonicMs() - askedMs).toBeGreaterThanOrEqual(55);
    await to.until(() => to.taken.length === 1);
    await delivery.close();
    expect(said.map(({ action, message }) => [action, message])).toEqual([
      ["monitoring.sink-failing", "Events cannot be delivered to scripted: refused. They wait in the spool."],
      ["monitoring.sink-working", "Events are delivered to scripted again."],
    ]);
    expect(new Set(to.batches.flat().map(({ id }) => id)).size).toBe(1);
  });

  it("gives up a batch that hangs when it ends, and sends it the next time", async () => {
    const disk = new TestDisk();
    const to = new ScriptedDestination();
    to.always = () => "hang";
    const one = await delivering(disk, { destinations: [to] });
    one.add(1);
    await one.delivery.flush();
    await one.delivery.close();
    const again = new ScriptedDestination();
    const two = await delivering(disk, { destinations: [again] });
    await again.until(() => again.taken.length === 1);
    await two.delivery.close();
    expect(again.batches[0]?.[0]?.id).toBe(to.batches[0]?.[0]?.id);
  });

  it("takes from its level only, and counts the rest", async () => {
    const to = new ScriptedDestination({ level: "warn" });
    const { delivery, add } = await delivering(new TestDisk(), { destinations: [to] });
    for (const n of upTo(9)) add(n, n % 3 === 0 ? "error" : "info");
    await to.until(() => to.taken.length === 3);
    await delivery.close();
    expect(to.taken.map(numberOf)).toEqual([3, 6, 9]);
    expect(delivery.snapshot().destinations["scripted"]).toMatchObject({ delivered: 3, filtered: 6, waiting: 0 });
  });
});

describe("the recorder", () => {
  it("puts each event into the spool once, and hands it to the other sinks", async () => {
    const to = new ScriptedDestination();
    const sink = new MemorySink();
    const { delivery } = await delivering(new TestDisk(), { destinations: [to] });
    const recorder = createRecorder({ sinks: [sink], delivery });
    recorder.system({ action: "gateway.started", level: "info", message: "m" });
    recorder.system({ action: "gateway.reloaded", level: "info", message: "m", data: { files: 2 } });
    await to.until(() => to.taken.length === 2);
    await recorder.close();
    const events = to.taken.map(({ json }) => JSON.parse(Buffer.from(json).toString()) as Record<string, never>);
    const ids = sink.systemEvents().map(({ event }) => event.id);
    expect(to.taken.map(({ id }) => id)).toEqual(ids);
    const [first, second] = to.taken.map(({ json }) => Buffer.from(json));
    expect(linkOf(String(first))).toEqual({ position: 1, previous: NO_PREVIOUS });
    expect(linkOf(String(second))).toEqual({ position: 2, previous: eventHash(first as Buffer) });
    expect(ids.every((id) => /^[0-7][0-9A-HJKMNP-TV-Z]{25}$/.test(id))).toBe(true);
    expect(events).toMatchObject([
      { event: { id: ids[0] }, portcullis: { chain: { position: 1 } } },
      { event: { id: ids[1] }, portcullis: { data: { files: 2 }, chain: { position: 2 } } },
    ]);
    expect(recorder.snapshot().delivery?.destinations["scripted"]).toMatchObject({ delivered: 2 });
  });
});
