// A sanction that ends by itself is on record once: whoever was away meanwhile, shares the file, has a wrong clock or a full disk.
import { chmodSync, mkdirSync, readFileSync, renameSync, rmdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { SanctionKeeper } from "../../src/configuration/sanctions/sanction-keeper.ts";
import { moment } from "../../src/configuration/sanctions/sanction-file.ts";
import type { SystemEvent } from "../../src/core/record.ts";
import { AddressSet } from "../../src/http/address-set.ts";
import type { Detection, FieldName, ResponseMeasure } from "../../src/monitoring/index.ts";
import { folderWith } from "./folder.ts";

const TEN = Date.UTC(2026, 10, 26, 10);
const MINUTE_MS = 60_000;
const BAN: ResponseMeasure = { what: "ban", of: "address", forMs: MINUTE_MS };

const entry = (id: string, minutes: number, more: object = {}) => ({
  what: "ban",
  address: "192.0.2.1",
  id: id.repeat(12),
  began: moment(TEN - 60 * MINUTE_MS),
  until: moment(TEN + minutes * MINUTE_MS),
  by: "scanning",
  recorded: true,
  ...more,
});

function fileWith(...sanctions: readonly object[]): string {
  return path.join(folderWith({ "sanctions.json": JSON.stringify({ sanctions }) }), "sanctions.json");
}

async function keeping(file: string, nowMs = TEN) {
  const time = { nowMs };
  const clock = { nowMs: () => time.nowMs, monotonicMs: () => time.nowMs };
  const told: SystemEvent[] = [];
  const keeper = new SanctionKeeper({ file, clock, spared: new AddressSet([]), everyMs: 5 });
  onTestFinished(() => keeper.close());
  await keeper.load();
  keeper.connect((event) => void told.push(event));
  const ends = () => told.filter(({ action }) => action === "detection.sanction-ended");
  return { time, told, keeper, ends };
}

const detectionOf = (address: string) =>
  ({
    rule: { name: "scanning" },
    last: { read: (name: FieldName) => (name === "client.address" ? address : undefined) },
  }) as unknown as Detection;

const inFile = (file: string) =>
  (JSON.parse(readFileSync(file, "utf8")) as { sanctions: { id: string }[] }).sanctions.map(({ id }) => id);
const soon = { timeout: 30_000, interval: 5 };

it("is told when it ends, with whom it was of, is out of the file, and not told again after a restart", async () => {
  const file = fileWith();
  const { keeper, time, ends } = await keeping(file);
  keeper.respond(detectionOf("192.0.2.7"), [BAN]);
  await expect.poll(() => inFile(file).length, soon).toBe(1);
  time.nowMs += MINUTE_MS - 1;
  expect(keeper.sanctions.hasAddresses).toBe(true);
  expect(ends()).toEqual([]);
  time.nowMs += 1_001;
  await expect.poll(() => inFile(file), soon).toEqual([]);
  expect(ends()).toMatchObject([
    {
      level: "info",
      message: "its time is over: address 192.0.2.7 is banned (by scanning)",
      data: { what: "ban", address: "192.0.2.7", by: "scanning" },
    },
  ]);
  expect(keeper.sanctions.hasAddresses).toBe(false);
  await keeper.close();
  const after = await keeping(file, time.nowMs + MINUTE_MS);
  await after.keeper.close();
  expect(after.told).toEqual([]);
});

it.each([
  ["a tighter limit", { what: "limit", limit: 2, windowMs: 60_000 }, "address 192.0.2.1 is given a tighter limit"],
  ["step-up", { what: "step-up", address: undefined, issuer: "i", subject: "ann" }, "subject ann of i is asked"],
  ["a revoked token", { what: "revoke", address: undefined, issuer: "i", token: "t" }, "a token of i is revoked"],
])("%s is told like a ban", async (_, more, said) => {
  const { time, ends } = await keeping(fileWith(entry("a", 1, more)));
  time.nowMs += 2 * MINUTE_MS;
  await expect.poll(() => ends().length, soon).toBe(1);
  expect(ends()[0]?.message).toContain(said);
});

it("is told at the next start where no gateway ran when it ended, and only there", async () => {
  const file = fileWith(entry("a", -30));
  const first = await keeping(file);
  await expect.poll(() => first.ends().length, soon).toBe(1);
  expect(first.keeper.sanctions.hasAddresses).toBe(false);
  await first.keeper.close();
  const second = await keeping(file);
  await second.keeper.close();
  expect(second.ends()).toEqual([]);
});

it("is told again where the process was killed before the file had it", async () => {
  const file = fileWith(entry("a", -30));
  const before = readFileSync(file);
  const killed = await keeping(file);
  await expect.poll(() => killed.ends().length, soon).toBe(1);
  await killed.keeper.close();
  writeFileSync(file, before);
  const after = await keeping(file);
  await expect.poll(() => after.ends().length, soon).toBe(1);
  expect(after.ends()[0]?.data?.["id"]).toBe(killed.ends()[0]?.data?.["id"]);
});

it("is not told where somebody lifted it before", async () => {
  const lifted = { at: moment(TEN), by: "command root", recorded: true };
  const file = fileWith(entry("a", 1, { lifted }), entry("b", 1));
  const { time, ends } = await keeping(file);
  time.nowMs += 2 * MINUTE_MS;
  await expect.poll(() => inFile(file), soon).toEqual([]);
  expect(ends().map(({ data }) => data?.["id"])).toEqual(["b".repeat(12)]);
});

it("says where another one goes on", async () => {
  const file = fileWith(entry("a", 1), entry("b", 30), entry("c", 40, { address: "192.0.2.2" }));
  const { time, ends } = await keeping(file);
  time.nowMs += 2 * MINUTE_MS;
  await expect.poll(() => ends().length, soon).toBe(1);
  expect(ends()[0]).toMatchObject({
    message: expect.stringMatching(/; another one does so until 2026-11-26T10:30:00Z/),
    data: { id: "a".repeat(12), followed_by: "b".repeat(12) },
  });
});

it("of gateways that share a file, one tells of each: that it was begun by a command, lifted, and ended", async () => {
  const lifted = { at: moment(TEN), by: "command root" };
  const file = fileWith(
    entry("a", 1, { recorded: undefined }),
    entry("b", 30, { lifted }),
    ...Array.from({ length: 10 }, (_, i) => entry(String(i), 1)),
  );
  const all = await Promise.all(Array.from({ length: 4 }, () => keeping(file)));
  await expect.poll(() => all.flatMap(({ told }) => told).length, soon).toBe(2);
  for (const { time } of all) time.nowMs += 2 * MINUTE_MS;
  await expect.poll(() => inFile(file), soon).toEqual(["b".repeat(12)]);
  await expect.poll(() => all.every(({ keeper }) => !keeper.sanctions.hasAddresses), soon).toBe(true);
  await Promise.all(all.map(({ keeper }) => keeper.close()));
  const told = all.flatMap(({ told }) => told).map(({ action, data }) => `${action} ${data?.["id"]}`);
  expect(new Set(told).size).toBe(told.length);
  expect(told).toHaveLength(2 + 11);
});

it("survives a clock that jumps: back before it ends, it holds; back behind its end, it is told once and stays ended", async () => {
  const file = fileWith(entry("a", 1));
  const { time, told, keeper } = await keeping(file);
  time.nowMs -= 24 * 60 * MINUTE_MS;
  await expect.poll(() => keeper.sanctions.ofAddress("192.0.2.1")?.ban, soon).toBeDefined();
  time.nowMs += 48 * 60 * MINUTE_MS;
  await expect.poll(() => inFile(file), soon).toEqual([]);
  time.nowMs -= 48 * 60 * MINUTE_MS;
  // In one step: who reads it meanwhile must not find it empty.
  writeFileSync(`${file}.other`, `${readFileSync(file, "utf8")}\n`);
  renameSync(`${file}.other`, file);
  keeper.respond(detectionOf("192.0.2.9"), [BAN]);
  await expect.poll(() => inFile(file).length, soon).toBe(1);
  // The file has it first.
  await expect
    .poll(() => told.map(({ action }) => action), soon)
    .toEqual(["detection.sanction-ended", "detection.sanction-began"]);
});

it.skipIf(process.getuid?.() === 0)("is told once where the file cannot be written for a while", async () => {
  const file = fileWith(entry("a", 1));
  const { time, ends, told } = await keeping(file);
  const folder = path.dirname(file);
  chmodSync(folder, 0o500);
  onTestFinished(() => chmodSync(folder, 0o700));
  time.nowMs += 2 * MINUTE_MS;
  await expect.poll(() => told.map(({ action }) => action), soon).toContain("detection.sanctions-file-failing");
  chmodSync(folder, 0o700);
  await expect.poll(() => inFile(file), soon).toEqual([]);
  expect(ends()).toHaveLength(1);
});

it("is told once where what is to take the file's place cannot be written for a while", async () => {
  const file = fileWith(entry("a", 1));
  const { time, ends, told } = await keeping(file);
  mkdirSync(`${file}.new`);
  time.nowMs += 2 * MINUTE_MS;
  await expect.poll(() => told.map(({ action }) => action), soon).toContain("detection.sanctions-file-failing");
  expect(ends()).toHaveLength(1);
  rmdirSync(`${file}.new`);
  await expect.poll(() => inFile(file), soon).toEqual([]);
  expect(ends()).toHaveLength(1);
});
