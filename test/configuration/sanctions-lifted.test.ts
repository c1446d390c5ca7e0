// Guards that whom somebody lets go no rule holds back again meanwhile, and that who is held back twice is counted once.
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { moment } from "../../src/configuration/sanctions/sanction-file.ts";
import { SanctionKeeper } from "../../src/configuration/sanctions/sanction-keeper.ts";
import type { SystemEvent } from "../../src/core/record.ts";
import { AddressSet } from "../../src/http/address-set.ts";
import type { Detection, FieldName, ResponseMeasure } from "../../src/monitoring/index.ts";
import { folderWith } from "./folder.ts";

const TEN = Date.UTC(2026, 10, 26, 10);
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const BAN: ResponseMeasure = { what: "ban", of: "address", forMs: MINUTE_MS };
const LIMIT: ResponseMeasure = { what: "limit", of: "address", forMs: MINUTE_MS, limit: { limit: 1, windowMs: 1_000 } };
const STEP_UP: ResponseMeasure = { what: "step-up", of: "subject", forMs: MINUTE_MS };
const revoke = (withSession: boolean): ResponseMeasure => ({
  what: "revoke",
  of: "token",
  forMs: MINUTE_MS,
  withSession,
});

interface Seen {
  readonly address?: string;
  readonly subject?: string;
  readonly token?: string;
  readonly session?: string;
}

/** What a rule saw. The fields are those by which rules group. */
function seen({ address = "192.0.2.1", subject = "ann", token = "t1", session }: Seen, name = "scanning"): Detection {
  const fields: Partial<Record<FieldName, string>> = {
    "client.address": address,
    "portcullis.authentication.issuer": "i",
    "portcullis.authentication.token_hash": token,
    "user.id": subject,
  };
  const last = { timeMs: TEN, requestId: "", session, read: (field: FieldName) => fields[field] };
  return { rule: { name }, last } as unknown as Detection;
}

const ADDRESS = { what: "ban", address: "192.0.2.1" };
const TOKEN = { what: "revoke", issuer: "i", token: "t1" };
const entry = (id: string, untilMs: number, more: object = ADDRESS) => ({
  ...more,
  id: id.repeat(12),
  began: moment(TEN - MINUTE_MS),
  until: moment(untilMs),
  by: "scanning",
  recorded: true,
});
const LIFTED = { lifted: { at: moment(TEN), by: "command root", recorded: true } };

async function keeping(...sanctions: readonly object[]) {
  const file = path.join(folderWith({ "sanctions.json": JSON.stringify({ sanctions }) }), "sanctions.json");
  const time = { nowMs: TEN };
  const clock = { nowMs: () => time.nowMs, monotonicMs: () => time.nowMs };
  const told: SystemEvent[] = [];
  const keeper = new SanctionKeeper({ file, clock, spared: new AddressSet([]), everyMs: 5 });
  onTestFinished(() => keeper.close());
  await keeper.load();
  keeper.connect((event) => void told.push(event));
  const active = () => Object.fromEntries([...keeper.active()].filter(([, count]) => count > 0));
  return { file, time, told, keeper, active };
}

it.each<[string, Seen, string, ResponseMeasure]>([
  ["the rule that began it", {}, "scanning", BAN],
  ["another rule", {}, "brute-force", BAN],
  ["a rule that would ban for longer", {}, "brute-force", { ...BAN, forMs: 24 * HOUR_MS }],
])(
  "what was lifted is not begun again by %s, in its first alert or a repetition, until its time is over",
  async (...given) => {
    const [, event, rule, measure] = given;
    const { keeper, time, told, active } = await keeping({ ...entry("a", TEN + HOUR_MS), ...LIFTED });
    keeper.respond(seen(event, rule), [measure], true);
    keeper.respond(seen(event, rule), [measure], false);
    time.nowMs += HOUR_MS - 1;
    keeper.respond(seen(event, rule), [measure], false);
    expect(active()).toEqual({});
    expect(keeper.sanctions.hasAddresses).toBe(false);
    await expect.poll(() => told).toHaveLength(2);
    expect(told[0]).toMatchObject({
      action: "detection.sanction-spared",
      level: "info",
      message: `rule ${rule} would have held back address 192.0.2.1, which command root let go: not before 2026-11-26T11:00:00Z`,
      data: { id: "a".repeat(12), what: "ban", address: "192.0.2.1", rule },
    });
    time.nowMs += 1;
    keeper.respond(seen(event, rule), [measure], false);
    expect(active()).toEqual({ ban: 1 });
  },
);

it.each<[string, object, Seen, ResponseMeasure, object]>([
  ["another address", ADDRESS, { address: "192.0.2.2" }, BAN, { ban: 1 }],
  ["another measure", ADDRESS, {}, LIMIT, { limit: 1 }],
  ["another caller", { what: "step-up", issuer: "i", subject: "ann" }, { subject: "bob" }, STEP_UP, { "step-up": 1 }],
  ["the same caller", { what: "step-up", issuer: "i", subject: "ann" }, {}, STEP_UP, {}],
  ["the same name at another issuer", { what: "step-up", issuer: "j", subject: "ann" }, {}, STEP_UP, { "step-up": 1 }],
  ["a neighbour in the same /64", { what: "ban", address: "2001:db8::1" }, { address: "2001:db8::2" }, BAN, {}],
  ["the same token", TOKEN, {}, revoke(false), {}],
  ["another token", TOKEN, { token: "t2" }, revoke(false), { revoke: 1 }],
  [
    "another token of the same session",
    { ...TOKEN, subject: "ann", session: "s" },
    { token: "t2", session: "s" },
    revoke(true),
    {},
  ],
  [
    "another session",
    { ...TOKEN, subject: "ann", session: "s" },
    { token: "t2", session: "z" },
    revoke(true),
    { revoke: 1 },
  ],
])("a lift says whether %s is held back", async (_, lifted, event, measure, expected) => {
  const { keeper, active } = await keeping({ ...entry("a", TEN + HOUR_MS, lifted), ...LIFTED });
  keeper.respond(seen(event), [measure], false);
  expect(active()).toEqual(expected);
});

it("a lift leaves what others hold: a ban by hand behind it, and one of another rule beside it", async () => {
  const { keeper, file, active } = await keeping(
    { ...entry("a", TEN + HOUR_MS), ...LIFTED },
    entry("b", TEN + HOUR_MS),
  );
  expect(active()).toEqual({ ban: 1 });
  const all = [entry("b", TEN + HOUR_MS), entry("a", TEN + HOUR_MS)].map((one) => ({ ...one, ...LIFTED }));
  writeFileSync(file, JSON.stringify({ sanctions: all }));
  await expect.poll(active).toEqual({});
  writeFileSync(file, JSON.stringify({ sanctions: [...all, { ...entry("c", TEN + HOUR_MS), by: "command root" }] }));
  await expect.poll(active).toEqual({ ban: 1 });
  expect(keeper.sanctions.ofAddress("192.0.2.1")?.ban).toBeDefined();
});

it("who is held back twice is one of those who are held back; the file has both", async () => {
  const { keeper, file, active } = await keeping(entry("a", TEN + HOUR_MS));
  keeper.respond(seen({}, "brute-force"), [{ ...BAN, forMs: 2 * HOUR_MS }, LIMIT], false);
  keeper.respond(seen({ address: "2001:db8::1" }), [BAN], false);
  keeper.respond(seen({ address: "2001:db8::2" }, "brute-force"), [BAN], false);
  keeper.respond(seen({ address: "192.0.2.9" }), [BAN], false);
  expect(active()).toEqual({ ban: 3, limit: 1 });
  await keeper.close();
  const { sanctions } = JSON.parse(readFileSync(file, "utf8")) as { sanctions: unknown[] };
  expect(sanctions).toHaveLength(6);
});
