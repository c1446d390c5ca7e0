// Responses as they are written, and the list of who is held back: what it refuses, what it costs, how far it goes.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { SanctionKeeper } from "../../src/configuration/sanctions/sanction-keeper.ts";
import { moment } from "../../src/configuration/sanctions/sanction-file.ts";
import { targetOf } from "../../src/configuration/sanctions/sanction-target.ts";
import type { SystemEvent } from "../../src/core/record.ts";
import { AddressSet } from "../../src/http/address-set.ts";
import type { Detection, FieldName, ResponseMeasure } from "../../src/monitoring/index.ts";
import { addressKey } from "../../src/http/addresses.ts";
import { composed, complaints, enter, guardsOf, OAUTH } from "./composing.ts";
import { folderWith } from "./folder.ts";

const rule = (name: string, respond: string, more = "") =>
  `upstream: http://127.0.0.1:9\n${OAUTH}monitoring: { detections: { rules: { ${name}: { respond: { ${respond} }${more} } } } }\n`;

describe("what is refused, with its line", () => {
  it.each([
    ["scanning", "ban: 15m, of: subject", "scanning groups by client.address"],
    ["scanning", "stepUp: 1h", "scanning groups by client.address"],
    ["scanning", "revoke: token", "scanning groups by client.address"],
    ["object-enumeration", "ban: 15m", "ban is of an address, and object-enumeration groups by user.id"],
    ["scanning", "ban: 31d", "31d is not between a second and 30 days"],
    ["scanning", "ban: 10ms", "10ms is not between a second and 30 days"],
    ["scanning", "of: address", "the response of scanning does nothing"],
    ["scanning", "ban: 15m", "no address", "}, neverBan: [nobody"],
  ])("%s: %s", async (name, respond, said, more = "") => {
    const text =
      more === ""
        ? rule(name, respond)
        : rule(name, respond).replace("detections: {", "detections: { neverBan: [nobody],");
    const found = (await complaints(text)).filter((line) => line.startsWith("error"));
    expect(found).toHaveLength(1);
    expect(found[0]).toContain(more === "" ? said : "nobody");
    expect(found[0]).toMatch(/portcullis\.yaml:\d+/);
  });

  it("a file that is broken", async () => {
    const files = { "sanctions.json": '{"sanctions":[{"what":"ban","address":"1.2.3.4"}]}' };
    expect((await complaints(rule("scanning", "ban: 15m"), { files })).join("\n")).toMatch(
      /sanctions\.json: sanctions\.0/,
    );
  });
});

const SANCTIONING = ["rate-limiting.address-sanctions", "rate-limiting.caller-sanctions", "authentication.step-up"];
const headOf = async (text: string, observe = false) => {
  const composition = await composed(text, { observe });
  const { gate } = enter(composition, "GET", "/orders/1");
  await composition.close();
  return guardsOf(gate).head;
};

it("addresses are judged before all else, callers right behind their credentials", async () => {
  const head = await headOf(rule("scanning", "ban: 15m"));
  expect(head[0]).toBe("rate-limiting.address-sanctions enforce");
  const at = head.indexOf("authentication.credentials enforce");
  expect(head.slice(at + 1, at + 3)).toEqual([
    "rate-limiting.caller-sanctions enforce",
    "authentication.step-up enforce",
  ]);
});

it.each([
  ["where no rule responds", `upstream: http://127.0.0.1:9\n${OAUTH}`, false],
  ["under --observe", rule("scanning", "ban: 15m"), true],
])("nobody is held back %s", async (_, text, observe) => {
  expect((await headOf(text, observe)).filter((one) => SANCTIONING.some((name) => one.startsWith(name)))).toEqual([]);
});

const BAN: ResponseMeasure = { what: "ban", of: "address", forMs: 60_000 };
const detectionOf = (address: string) =>
  ({
    rule: { name: "scanning" },
    last: { read: (name: FieldName) => (name === "client.address" ? address : undefined) },
  }) as unknown as Detection;

it("a revoked session of a token that has none is the token alone", () => {
  const fields: Partial<Record<FieldName, string>> = {
    "portcullis.authentication.token_hash": "t1",
    "portcullis.authentication.issuer": "i",
    "user.id": "ann",
  };
  const of = (session: string | undefined, withSession: boolean) =>
    targetOf(
      { what: "revoke", of: "token", forMs: 1, withSession },
      { timeMs: 0, requestId: "", session, read: (name) => fields[name] },
    );
  expect(of("s", true)).toEqual({ issuer: "i", token: "t1", subject: "ann", session: "s" });
  expect(of(undefined, true)).toEqual({ issuer: "i", token: "t1" });
  expect(of("s", false)).toEqual({ issuer: "i", token: "t1" });
});

function keeping(text?: string) {
  const folder = folderWith(text === undefined ? {} : { "sanctions.json": text });
  const file = path.join(folder, "sanctions.json");
  const time = { nowMs: Date.UTC(2026, 10, 26, 10) };
  const clock = { nowMs: () => time.nowMs, monotonicMs: () => time.nowMs };
  const told: SystemEvent[] = [];
  const keeper = new SanctionKeeper({ file, clock, spared: new AddressSet([]), everyMs: 20 });
  return { file, time, told, keeper, connect: () => keeper.connect((event) => void told.push(event)) };
}

describe("the list", () => {
  it("takes ten thousand, then no more, and says so once; what has ended makes room", async () => {
    const { keeper, told, time, connect, file } = keeping();
    connect();
    for (let i = 0; i < 10_050; i += 1)
      keeper.respond(detectionOf(`10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`), [BAN]);
    await expect.poll(() => told.length).toBe(10_001);
    expect(told.filter(({ action }) => action === "detection.sanctions-full")).toHaveLength(1);
    expect(keeper.sanctions.ofAddress("10.0.0.7")?.ban).toBeDefined();
    expect(keeper.sanctions.ofAddress("10.0.39.60")).toBeUndefined();
    time.nowMs += 120_000;
    keeper.respond(detectionOf("10.9.9.9"), [BAN]);
    expect(keeper.sanctions.ofAddress("10.9.9.9")?.ban).toBeDefined();
    expect(keeper.sanctions.ofAddress("10.0.0.7")).toBeUndefined();
    await keeper.close();
    const { sanctions } = JSON.parse(readFileSync(file, "utf8")) as { sanctions: unknown[] };
    expect(sanctions).toHaveLength(1);
  });

  it("forgets by itself what has ended: then no request looks for anything", async () => {
    const { keeper, time, connect } = keeping();
    connect();
    keeper.respond(detectionOf("2001:db8::1"), [BAN]);
    expect(keeper.sanctions.ofAddress(addressKey("2001:db8::2"))?.ban).toBeDefined();
    time.nowMs += 61_000;
    await expect.poll(() => keeper.sanctions.hasAddresses).toBe(false);
    await keeper.close();
  });

  it("tells of what was written while no gateway ran, once", async () => {
    const entry = {
      what: "ban",
      address: "192.0.2.1",
      id: "0123456789ab",
      began: moment(Date.UTC(2026, 10, 26, 9)),
      until: moment(Date.UTC(2026, 10, 26, 11)),
      by: "command root",
    };
    const { keeper, told, connect, file } = keeping(JSON.stringify({ sanctions: [entry] }));
    await keeper.load();
    expect(keeper.sanctions.ofAddress("192.0.2.1")?.ban).toBeDefined();
    connect();
    await keeper.close();
    expect(told.map(({ action }) => action)).toEqual(["detection.sanction-began"]);
    const next = keeping(readFileSync(file, "utf8"));
    await next.keeper.load();
    next.connect();
    await next.keeper.close();
    expect(next.told).toEqual([]);
  });

  it("misses no file that was never there", async () => {
    const { keeper, told, connect, file } = keeping();
    connect();
    keeper.respond(detectionOf("192.0.2.1"), [BAN]);
    // Looked for many times before it is written.
    await expect.poll(() => existsSync(file), { timeout: 30_000 }).toBe(true);
    await keeper.close();
    expect(told.map(({ action }) => action)).toEqual(["detection.sanction-began"]);
  });

  it("waits for whoever is writing the file, and loses nothing meanwhile", async () => {
    const { keeper, told, connect, file } = keeping();
    writeFileSync(`${file}.lock`, "");
    connect();
    keeper.respond(detectionOf("192.0.2.1"), [BAN]);
    await expect
      .poll(() => told.map(({ action }) => action), { timeout: 30_000 })
      .toContain("detection.sanctions-file-failing");
    expect(keeper.sanctions.ofAddress("192.0.2.1")?.ban).toBeDefined();
    const { rmSync } = await import("node:fs");
    rmSync(`${file}.lock`);
    await expect.poll(() => readFileSync(file, "utf8"), { timeout: 30_000 }).toContain('"address":"192.0.2.1"');
    await keeper.close();
  });
});
