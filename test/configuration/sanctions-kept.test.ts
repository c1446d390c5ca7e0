// Sanctions against kill -9, and with ten thousand of them: what the record heard of is in the file, and one more costs no look at each.
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { SanctionKeeper } from "../../src/configuration/sanctions/sanction-keeper.ts";
import { systemClock } from "../../src/core/clock.ts";
import type { SystemEvent } from "../../src/core/record.ts";
import { AddressSet } from "../../src/http/address-set.ts";
import { folderWith } from "./folder.ts";
import { bannedBy } from "./sanctioning.ts";

const KILLS = Number(process.env["KILLS"] ?? 5);

function keeping(file = path.join(folderWith({}), "sanctions.json")) {
  const keeper = new SanctionKeeper({ file, clock: systemClock, spared: new AddressSet([]), everyMs: 20 });
  return { keeper, file };
}

const began = ({ action }: SystemEvent) => action === "detection.sanction-began";
const addressesIn = (file: string) =>
  (JSON.parse(readFileSync(file, "utf8")) as { sanctions: { address: string }[] }).sanctions.map(
    ({ address }) => address,
  );

describe("a sanction", () => {
  it("holds at once, and is told when the file has it", async () => {
    const { keeper, file } = keeping();
    const found: boolean[] = [];
    keeper.connect((event) => void (began(event) && found.push(existsSync(file) && addressesIn(file).length === 2)));
    bannedBy(keeper, "192.0.2.1");
    bannedBy(keeper, "192.0.2.2");
    expect(keeper.sanctions.ofAddress("192.0.2.1")?.ban).toBeDefined();
    expect([found, existsSync(file)]).toEqual([[], false]);
    await expect.poll(() => found).toEqual([true, true]);
    await keeper.close();
  });

  it("is told once, by who began it, where others follow the file", async () => {
    const { keeper, file } = keeping();
    const other = keeping(file).keeper;
    const told: SystemEvent[] = [];
    // A record that takes long: the other one looks at the file many times meanwhile.
    const slow = () => new Promise<void>((resolve) => void setTimeout(resolve, 300));
    keeper.connect((event) => void told.push(event), slow);
    other.connect((event) => void told.push(event));
    bannedBy(keeper, "192.0.2.1");
    await expect.poll(() => other.sanctions.ofAddress("192.0.2.1")?.ban).toBeDefined();
    await keeper.close();
    await other.close();
    expect(told.filter(began)).toHaveLength(1);
  });

  it("is told all the same where the file cannot be written", async () => {
    const { keeper, file } = keeping();
    mkdirSync(`${file}.new`);
    const told: string[] = [];
    keeper.connect(({ action }) => void told.push(action));
    bannedBy(keeper, "192.0.2.1");
    await expect.poll(() => told).toEqual(["detection.sanctions-file-failing", "detection.sanction-began"]);
    rmSync(`${file}.new`, { recursive: true });
    await expect.poll(() => existsSync(file) && addressesIn(file)).toEqual(["192.0.2.1"]);
    await keeper.close();
    expect(told).toHaveLength(2);
  });
});

it(`after each of ${KILLS} kills, each that the record heard of is in the file`, { timeout: 120_000 }, async () => {
  const { file } = keeping();
  const heard: string[] = [];
  for (let life = 0; life < KILLS; life += 1) {
    const args = [path.join(import.meta.dirname, "sanction-bans.ts"), file];
    const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
    const atLeast = 3 + life * 5;
    let text = "";
    // oxlint-disable-next-line no-await-in-loop -- one life after the other
    for await (const piece of child.stdout) {
      text += String(piece);
      if (text.split("\n").length > atLeast) setTimeout(() => child.kill("SIGKILL"), life * 11);
    }
    heard.push(...text.split("\n").slice(0, -1));
    expect(addressesIn(file)).toEqual(expect.arrayContaining(heard));
    rmSync(`${file}.lock`, { force: true });
  }
  expect(heard.length).toBeGreaterThan(KILLS);
});

describe("ten thousand", () => {
  const cpuMs = () => process.cpuUsage().user / 1_000;

  it("cost no look at each where one goes on, nor where one more begins", async () => {
    const { keeper, file } = keeping();
    keeper.connect(() => undefined);
    for (let i = 0; i < 9_900; i += 1) bannedBy(keeper, `10.0.${i >> 8}.${i & 255}`);
    await expect.poll(() => existsSync(file) && addressesIn(file).length).toBe(9_900);
    const beforeMs = cpuMs();
    // It was 4.3 ms for each of these.
    for (let i = 0; i < 500; i += 1) bannedBy(keeper, "10.0.38.170", true);
    expect(cpuMs() - beforeMs).toBeLessThan(500);
    expect(keeper.active().get("ban")).toBe(9_900);
    await keeper.close();
  });
});
