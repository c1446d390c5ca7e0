// Changes on their way to the record, on both databases: each once while all is well, none lost when the record is away.
import { describe, expect, it } from "vitest";
import type { SystemEvent } from "../../src/core/record.ts";
import { ChangeCourier } from "../../src/identity/changes/change-courier.ts";
import { changeEvent } from "../../src/identity/changes/change-event.ts";
import { systemJson } from "../../src/monitoring/system-event.ts";
import { DATABASES, serversOn } from "./databases.ts";

const ACTOR = { kind: "command", id: "root" } as const;

describe.each(DATABASES)("on $name", ({ kind }) => {
  const servers = serversOn(kind);
  const write = (target: string) =>
    servers.serving.identity.changes.write({ actor: ACTOR, what: "disabled", targetKind: "account", target });
  const targets = (events: readonly SystemEvent[]) => events.map(({ data }) => data?.["target"]);

  it.runIf(servers.isHere)("two servers hand each change over once, in its order", async () => {
    const { serving, other } = servers;
    for (const { identity } of [serving, other])
      await identity.changes.recorded((await identity.changes.take()).map(({ id }) => id));
    const wanted = Array.from({ length: 30 }, (_, i) => `each-${i}`);
    for (const target of wanted) await write(target);
    const told: SystemEvent[] = [];
    const couriers = [serving, other].map(
      ({ identity }) =>
        new ChangeCourier(
          identity.changes,
          (event) => Promise.resolve(void told.push(event)),
          (error) => {
            throw error;
          },
        ),
    );
    await Promise.all(couriers.map((courier) => courier.close()));
    expect(targets(told).map(String).toSorted()).toEqual(wanted.toSorted());
    expect(await serving.identity.changes.take()).toEqual([]);
  });

  it.runIf(servers.isHere)("what the record did not take is handed over again later, with the same id", async () => {
    const { changes } = servers.serving.identity;
    await write("later");
    const failures: unknown[] = [];
    const tried: SystemEvent[] = [];
    const away = (event: SystemEvent): Promise<void> => {
      tried.push(event);
      return Promise.reject(new Error("away"));
    };
    await new ChangeCourier(changes, away, (error) => failures.push(error)).close();
    expect(failures).toHaveLength(1);
    expect(await changes.take()).toEqual([]);
    servers.aheadMs += 6_000;
    const told: SystemEvent[] = [];
    await new ChangeCourier(changes, (event) => Promise.resolve(void told.push(event)), failures.push).close();
    expect(told.map(({ data }) => data?.["change"])).toEqual(tried.map(({ data }) => data?.["change"]));
    expect(targets(told)).toEqual(["later"]);
  });

  it.runIf(servers.isHere)("they are kept for a year behind being on record, and no longer", async () => {
    const { changes } = servers.serving.identity;
    await write("old");
    await changes.recorded((await changes.take()).map(({ id }) => id));
    await write("young");
    servers.aheadMs += 366 * 86_400_000;
    await changes.removeEnded();
    expect((await changes.list(100, {})).map(({ target }) => target)).toEqual(["young"]);
  });
});

it("an event says who, what, before and after, in a line that is no other's", () => {
  const event = changeEvent({
    id: "1",
    sequence: 1,
    madeAt: 0,
    actor: { kind: "account", id: "admin" },
    what: "roles-changed",
    targetKind: "account",
    target: "ann",
    before: { roles: [] },
    after: { roles: ["support"] },
  });
  const line = systemJson(event, { id: "x", sequence: 1, timestamp: "2026-01-01T00:00:00.000Z", service: undefined });
  const { event: written, portcullis } = JSON.parse(line) as Record<string, Record<string, Record<string, string>>>;
  expect(event.message).toBe("account ann: roles changed (by account admin)");
  expect(written?.["code"]).toBe("identity.account-changed");
  expect([written?.["category"], written?.["type"]]).toEqual([["iam"], ["change"]]);
  expect(portcullis?.["data"]).toMatchObject({
    what: "roles-changed",
    actor_kind: "account",
    actor: "admin",
    target: "ann",
    before: '{"roles":[]}',
    after: '{"roles":["support"]}',
  });
});

it("a change that is told in a sentence keeps it", () => {
  const actor = { kind: "account", id: "1" } as const;
  const what = "The e-mail address was confirmed.";
  const event = changeEvent({ id: "1", sequence: 1, madeAt: 0, actor, what, targetKind: "account", target: "1" });
  expect(event.message).toBe("account 1: The e-mail address was confirmed. (by account 1)");
});

it("a state that is too large for the record is told in brief, and is JSON still", () => {
  const redirectUris = Array.from({ length: 50 }, (_, i) => `https://app-${i}.example.com/callback`);
  const event = changeEvent({
    id: "1",
    sequence: 1,
    madeAt: 0,
    actor: { kind: "command", id: "root" },
    what: "created",
    targetKind: "client",
    target: "web",
    after: { profile: "public", redirectUris },
  });
  const line = systemJson(event, { id: "x", sequence: 1, timestamp: "2026-01-01T00:00:00.000Z", service: undefined });
  const { data } = (JSON.parse(line) as { portcullis: { data: Record<string, string> } }).portcullis;
  expect(JSON.parse(data["after"] as string)).toEqual({
    profile: "public",
    redirectUris: expect.stringMatching(/^\["https:\/\/app-0\..*\.\.\.$/) as string,
  });
});
