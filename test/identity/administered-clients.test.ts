// Clients as administrators keep them, on both databases: secrets one by one, what the configuration keeps, what ends with a change.
import { beforeEach, describe, expect, it } from "vitest";
import type { ClientAdministration } from "../../src/identity/administration/client-administration.ts";
import type { Refusal } from "../../src/identity/administration/refusal.ts";
import { REASONS } from "../../src/core/reasons/registry.ts";
import { DATABASES, serversOn } from "./databases.ts";
import { askForTokens } from "./flows.ts";

const ACTOR = { kind: "command", id: "root" } as const;
const MACHINE = { profile: "machine", scopes: ["orders:read"] } as const;

function made<T extends object>(outcome: T | Refusal): T {
  if ("refused" in outcome) throw new Error(outcome.refused);
  return outcome;
}

describe.each(DATABASES)("on $name", ({ kind }) => {
  const servers = serversOn(kind);
  let clients: ClientAdministration;
  let id = "";
  let count = 0;

  beforeEach(() => {
    if (!servers.isHere) return;
    ({ clients } = servers.serving.identity.administration);
    id = `job-${(count += 1)}`;
  });

  const token = (secret: string, form: Record<string, string> = {}, at = servers.other) =>
    askForTokens(at, { grant_type: "client_credentials", client_id: id, client_secret: secret, ...form });
  const revoked = async () =>
    (await servers.serving.identity.revocations.since(0)).filter(({ value }) => value === id).map(({ kind }) => kind);
  const changes = () => servers.serving.identity.changes.list(50, { target: id });

  it.runIf(servers.isHere)("one that was just made gets tokens at once, also of another server", async () => {
    const { client, secret } = made(await clients.add(id, MACHINE, ACTOR));
    expect(client.keptByConfiguration).toBe(false);
    expect((await token(secret?.secret as string)).status).toBe(200);
  });

  it.runIf(servers.isHere)("two secrets are valid, a third is refused until one of them is removed", async () => {
    const first = made(await clients.add(id, MACHINE, ACTOR)).secret as { id: string; secret: string };
    const second = made(await clients.addSecret(id, ACTOR));
    expect(await clients.addSecret(id, ACTOR)).toEqual({ refused: "identity.secrets-full" });
    for (const { secret } of [first, second]) expect((await token(secret)).status).toBe(200);
    made(await clients.removeSecret(id, first.id, ACTOR));
    expect([(await token(first.secret)).status, (await token(second.secret)).status]).toEqual([401, 200]);
    expect(await clients.removeSecret(id, first.id, ACTOR)).toEqual({ refused: "identity.secret-unknown" });
    expect(await revoked()).toEqual(["client"]);
  });

  it.runIf(servers.isHere)("of any number of secrets asked for at once two are made", async () => {
    made(await clients.add(id, { profile: "machine" }, ACTOR));
    const other = servers.other.identity.administration.clients;
    const all = await Promise.all(Array.from({ length: 10 }, (_, i) => (i % 2 ? clients : other).addSecret(id, ACTOR)));
    expect(all.filter((one) => "secret" in one)).toHaveLength(1);
    expect(made(await clients.find(id)).secrets).toHaveLength(2);
  });

  it.runIf(servers.isHere)("stores no secret in clear, and puts none on record", async () => {
    const { secret } = made(await clients.add(id, MACHINE, ACTOR));
    const rows = JSON.stringify(await servers.serving.rows(["client", "change"]));
    expect(secret?.secret).toMatch(/^[\w-]{43}$/);
    expect(rows).not.toContain(secret?.secret);
    const hash = JSON.stringify(await servers.serving.rows(["client"])).match(/hash\\":\\"([\w-]{43})/)?.[1] as string;
    expect(JSON.stringify(await servers.serving.rows(["change"]))).not.toContain(hash);
  });

  it.runIf(servers.isHere)("what takes something from it ends its tokens, what adds does not", async () => {
    const { secret } = made(await clients.add(id, MACHINE, ACTOR));
    const more = made(await clients.change(id, { name: "Nightly", scopes: ["orders:read", "orders:write"] }, ACTOR));
    expect([more.name, await revoked()]).toEqual(["Nightly", []]);
    expect((await token(secret?.secret as string, { scope: "orders:write" })).body["scope"]).toBe("orders:write");
    made(await clients.change(id, { scopes: ["orders:read"] }, ACTOR));
    expect(await revoked()).toEqual(["client"]);
    const { body } = await token(secret?.secret as string, { scope: "orders:write orders:read" });
    expect(body["scope"]).toBe("orders:read");
  });

  it.runIf(servers.isHere)("a removed one is nobody, and all that it had has ended", async () => {
    const { secret } = made(await clients.add(id, MACHINE, ACTOR));
    made(await clients.remove(id, ACTOR));
    expect((await token(secret?.secret as string)).status).toBe(401);
    expect(await revoked()).toEqual(["client"]);
    expect(await clients.remove(id, ACTOR)).toEqual({ refused: "identity.client-unknown" });
  });

  it.runIf(servers.isHere)("T14 a machine has roles of its own in its tokens, a client of users has none", async () => {
    const { secret } = made(await clients.add(id, { ...MACHINE, roles: ["support"] }, ACTOR));
    const { body } = await token(secret?.secret as string);
    const [, payload = ""] = String(body["access_token"]).split(".");
    expect(JSON.parse(Buffer.from(payload, "base64url").toString())).toMatchObject({ sub: id, roles: ["support"] });
    const outcome = await clients.change(id, { profile: "public", redirectUris: ["https://app.example.com/"] }, ACTOR);
    expect(outcome).toMatchObject({ refused: "identity.client-invalid" });
  });

  it.runIf(servers.isHere)("changes from a state that is gone are refused, also of two at once", async () => {
    made(await clients.add(id, MACHINE, ACTOR));
    const { versionOf } = await import("../../src/identity/administration/version-of.ts");
    const version = versionOf(await clients.find(id));
    const names = ["one", "two", "three"];
    const all = await Promise.all(names.map((name) => clients.change(id, { name }, ACTOR, version)));
    expect(all.filter((one) => "refused" in one)).toHaveLength(2);
    const late = await clients.remove(id, ACTOR, version);
    expect(late).toEqual({ refused: "identity.changed-meanwhile" });
  });

  it.runIf(servers.isHere)("what the configuration keeps is changed there alone, but for its secrets", async () => {
    const { administration } = servers.serving.identity;
    const settings = { redirectUris: [], postLogoutRedirectUris: [], scopes: ["orders:read"] };
    const before = (await clients.list()).filter(({ keptByConfiguration }) => keptByConfiguration);
    const declared = before.map(({ id, profile, name, redirectUris, postLogoutRedirectUris, scopes }) => ({
      id,
      profile,
      name,
      settings: { redirectUris, postLogoutRedirectUris, scopes },
    }));
    const catalogue = { roles: await administration.roles.list(), resources: await administration.resources() };
    const mine = `mine-${id}`;
    made(await clients.add(mine, MACHINE, ACTOR));
    const kept = { id, profile: "machine", name: "Kept", settings } as const;
    await administration.takeOver({ ...catalogue, clients: [...declared, kept] });
    expect(await clients.change(id, { name: "Mine" }, ACTOR)).toMatchObject({
      refused: "identity.kept-by-configuration",
      detail: expect.stringContaining(`identity.clients.${id}`) as string,
    });
    expect(await clients.remove(id, ACTOR)).toMatchObject({ refused: "identity.kept-by-configuration" });
    expect(made(await clients.addSecret(id, ACTOR)).secret).toMatch(/^[\w-]{43}$/);
    // Taken over again, nothing differs.
    const known = (await changes()).length;
    await administration.takeOver({ ...catalogue, clients: [...declared, kept] });
    expect(await changes()).toHaveLength(known);
    // Once it is named no longer it ends; those of administrators stay.
    await administration.takeOver({ ...catalogue, clients: declared });
    expect(await clients.find(id)).toEqual({ refused: "identity.client-unknown" });
    expect(made(await clients.find(mine)).keptByConfiguration).toBe(false);
    expect((await changes()).map(({ what, actor }) => [what, actor.kind])).toEqual([
      ["removed", "configuration"],
      ["secret-added", "command"],
      ["created", "configuration"],
    ]);
  });

  it.runIf(servers.isHere)("every change says who, what, before and after", async () => {
    made(await clients.add(id, MACHINE, ACTOR));
    made(await clients.change(id, { name: "Nightly" }, { kind: "account", id: "4711" }));
    const [changed, , created] = await changes();
    expect(created).toMatchObject({ what: "created", actor: ACTOR, after: { profile: "machine" } });
    expect(changed).toMatchObject({
      what: "changed",
      actor: { kind: "account", id: "4711" },
      before: { name: id },
      after: { name: "Nightly" },
    });
    expect(Object.keys(changed?.after ?? {})).toEqual(["name"]);
  });

  it.runIf(servers.isHere).each([
    ["identity.client-invalid", { profile: "public" }],
    ["identity.client-invalid", { profile: "machine", redirectUris: ["https://a.example/"] }],
    ["identity.client-invalid", { profile: "confidential", redirectUris: ["http://app.example.com/"] }],
    ["identity.client-invalid", { profile: "public", redirectUris: ["javascript:alert(1)"] }],
    ["identity.client-invalid", { profile: "public", redirectUris: ["https://a.example/#x"] }],
    ["identity.client-invalid", { profile: "confidential", redirectUris: ["com.example.app:/cb"] }],
    ["identity.client-invalid", { profile: "public", redirectUris: ["https://a.example/"], roles: ["support"] }],
    ["identity.scope-unknown", { profile: "machine", scopes: ["orders:burn"] }],
    ["identity.client-invalid", { profile: "machine", name: "Orders\u001b[2K" }],
    ["identity.role-unknown", { profile: "machine", roles: ["root"] }],
  ] as const)("refuses with %s what cannot be a client (%#)", async (refused, draft) => {
    expect(await clients.add(id, draft, ACTOR)).toMatchObject({ refused });
    expect(REASONS[refused].status).toBe(400);
    expect(await clients.find(id)).toEqual({ refused: "identity.client-unknown" });
  });

  it.runIf(servers.isHere).each(["", "a b", "../x", "portcullis-account", "x".repeat(101)])(
    "refuses the id %j",
    async (bad) => {
      expect(await clients.add(bad, MACHINE, ACTOR)).toMatchObject({ refused: "identity.client-invalid" });
    },
  );
});
