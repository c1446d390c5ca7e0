// Guards everybody else against a channel for people that is away: it gives up its oldest, counted and told, and blocks no request.
import { expect, it } from "vitest";
import { spoolStats } from "../../../src/monitoring/index.ts";
import type { SpooledRecord } from "../../../src/monitoring/delivery/destination.ts";
import { delivering, numberOf, upTo } from "../delivery/delivering.ts";
import { answered, away, ScriptedDestination } from "../delivery/scripted-destination.ts";
import { TestDisk } from "./disk.ts";

const BOUNDS = { bytesMax: 20_000, segmentBytesMax: 2_000, whenFull: "block" } as const;
const takeAll = (records: readonly unknown[]) => answered(records.map(() => "delivered"));

/** Takes some events only, and is away. */
function chatFor(isAlert: (n: number) => boolean, recordsMax = 100) {
  const chat = new ScriptedDestination({ name: "chat", recordsMax });
  chat.always = away;
  return Object.assign(chat, { yields: true, takes: (record: SpooledRecord) => isAlert(numberOf(record)) });
}

async function booksOf(disk: TestDisk, name: string) {
  const stats = await spoolStats(disk);
  expect(stats?.isWhole).toBe(true);
  return stats?.destinations.find((one) => one.name === name);
}

/** Adds so many, each once the file has the one before. */
async function fill(disk: TestDisk, chat: ScriptedDestination, events: number) {
  const file = new ScriptedDestination({ name: "file" });
  const one = await delivering(disk, { destinations: [file, chat], ...BOUNDS });
  for (const n of upTo(events)) {
    expect([n, one.delivery.blocked, one.add(n)]).toEqual([n, false, true]);
    await file.until(() => file.taken.length === n);
    if (n % 100 === 0) await booksOf(disk, "chat");
  }
  return { ...one, file };
}

const toldOf = (said: Awaited<ReturnType<typeof fill>>["said"]) =>
  said.filter(({ action }) => action === "monitoring.events-dropped").map(({ data }) => data);

it("blocks nothing for one alert that waits, keeps it in hand, and delivers it when the channel is there again", async () => {
  const disk = new TestDisk();
  const chat = chatFor((n) => n === 5);
  const { delivery, said, file } = await fill(disk, chat, 1_000);
  expect(await booksOf(disk, "file")).toMatchObject({ delivered: 1_000, dropped: 0 });
  chat.always = takeAll;
  await chat.until(() => chat.taken.length === 1);
  expect(chat.taken.map(numberOf)).toEqual([5]);
  await expect.poll(() => booksOf(disk, "chat")).toMatchObject({ delivered: 1, spooled: 0, held: 0 });
  const { delivered, filtered, dropped } = delivery.snapshot().destinations["chat"] ?? {};
  expect([delivered, (filtered ?? 0) + (dropped ?? 0)]).toEqual([1, 999]);
  expect(toldOf(said).filter((data) => data?.["sink"] !== "chat")).toEqual([]);
  expect(said.map(({ action }) => action)).not.toContain("monitoring.spool-full");
  await delivery.close();
  expect(file.taken.length).toBe(1_000);
});

it("reads on while a channel rests, so that nothing is dropped for it", async () => {
  const disk = new TestDisk();
  const chat = Object.assign(
    chatFor((n) => n % 100 === 5),
    { restMs: () => 60_000 },
  );
  const file = new ScriptedDestination({ name: "file" });
  const runner = { reviveEveryMs: 1 };
  const { delivery, add, said } = await delivering(disk, { destinations: [file, chat], ...BOUNDS, runner });
  const seen = () => delivery.snapshot().destinations["chat"];
  for (const n of upTo(400)) {
    expect(add(n)).toBe(true);
    await file.until(() => file.taken.length === n);
    if (n % 20 === 0) await new Promise((done) => setTimeout(done, 10));
  }
  expect(disk.text("cursor-chat.json")).toContain('"next":5,');
  expect([chat.batches.length, seen()?.dropped, toldOf(said)]).toEqual([0, 0, []]);
  await booksOf(disk, "chat");
  await delivery.close();
});

it("counts and tells what a channel that stays away never gets, also after a kill", async () => {
  const disk = new TestDisk();
  const first = await fill(
    disk,
    chatFor(() => true, 5),
    1_000,
  );
  const { dropped } = first.delivery.snapshot().destinations["chat"] ?? {};
  expect(dropped).toBeGreaterThan(700);
  const told = toldOf(first.said);
  expect(new Set(told.map((data) => data?.["sink"]))).toEqual(new Set(["chat"]));
  expect(told.reduce((sum, data) => sum + (data?.["count"] as number), 0)).toBe(dropped);
  const killed = disk.processDies();
  await first.delivery.close();
  const chat = chatFor(() => true);
  chat.always = takeAll;
  const file = new ScriptedDestination({ name: "file" });
  const second = await delivering(killed, { destinations: [file, chat], ...BOUNDS });
  second.add(1_001);
  await chat.until(() => chat.taken.some((record) => numberOf(record) === 1_001));
  await second.delivery.flush();
  await expect.poll(() => booksOf(killed, "chat")).toMatchObject({ lost: 0, held: 0, spooled: 0 });
  const books = await booksOf(killed, "chat");
  expect(books?.delivered).toBe(chat.taken.length);
  expect((books?.delivered ?? 0) + (books?.dropped ?? 0)).toBe(1_001);
  await second.delivery.close();
});

it("leaves nothing but alerts to a channel that is alone, and makes room at once after a burst", async () => {
  const disk = new TestDisk();
  const { delivery, add } = await delivering(disk, { destinations: [chatFor(() => true, 5)], ...BOUNDS });
  for (const n of upTo(600)) {
    add(n);
    if (n % 150 === 0) await delivery.flush();
  }
  await expect.poll(() => delivery.blocked).toBe(false);
  await booksOf(disk, "chat");
  await delivery.close();
});

it("blocks still for a sink that takes the whole record", async () => {
  const disk = new TestDisk();
  const file = new ScriptedDestination({ name: "file" });
  file.always = away;
  const { delivery, add } = await delivering(disk, { destinations: [file, chatFor(() => true)], ...BOUNDS });
  for (const n of upTo(200)) {
    add(n);
    await delivery.flush();
  }
  expect(delivery.blocked).toBe(true);
  expect(delivery.snapshot().destinations["file"]).toMatchObject({ dropped: delivery.snapshot().spool.refused });
  await delivery.close();
});
