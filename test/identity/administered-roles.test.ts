// Roles as administrators make them, on both databases: what they include is what tokens carry, and the gate knows nothing else.
import { decodeJwt } from "jose";
import { beforeEach, describe, expect, it } from "vitest";
import type { RoleAdministration } from "../../src/identity/administration/role-administration.ts";
import { versionOf } from "../../src/identity/administration/version-of.ts";
import { ADMINISTRATOR_ROLE } from "../../src/identity/roles/role-store.ts";
import { DATABASES, serversOn } from "./databases.ts";
import { authorize, discover, redeem, signUp } from "./flows.ts";
import { OPERATOR, AUDIENCE } from "./serving.ts";

const ACTOR = { kind: "command", id: "root" } as const;
const RESOURCES = [{ audience: AUDIENCE, scopes: ["orders:read", "orders:write"] }];
const declared = (...names: string[]) => ({
  roles: names.map((name) => ({ name, includes: [], permissions: [] })),
  resources: RESOURCES,
});

describe.each(DATABASES)("on $name", ({ kind }) => {
  const servers = serversOn(kind);
  const { isHere } = servers;
  let roles: RoleAdministration;
  let name = "";
  let email = "";
  let count = 0;

  beforeEach(async () => {
    if (!isHere) return;
    ({ roles } = servers.serving.identity.administration);
    count += 1;
    name = `clerk-${count}`;
    email = `ann-${count}@example.com`;
    await servers.serving.identity.administration.takeOver(declared("customer", "support"));
  });

  const account = async () => {
    await signUp(servers.serving, email);
    const { users } = servers.serving.identity.administration;
    return (await users.search({ text: email, limit: 2 })).users[0]?.id as string;
  };
  const rolesInToken = async () => {
    const config = await discover(servers.serving, "spa");
    return decodeJwt((await redeem(config, await authorize(config, email))).access_token)["roles"];
  };
  const isEnded = async (accountId: string) =>
    (await servers.serving.identity.revocations.since(0)).some(({ value }) => value === accountId);
  const changesOf = async (target: string) =>
    (await servers.serving.identity.changes.list(20, { target })).map(({ what }) => what);

  it.runIf(isHere)("tokens carry what it includes, not its name: that is what the gate checks", async () => {
    const id = await account();
    expect(await roles.add(name, ["support", "customer", "support"], ACTOR)).toEqual({
      name,
      includes: ["customer", "support"],
      permissions: [],
      keptByConfiguration: false,
    });
    const { users } = servers.serving.identity.administration;
    expect(await users.grant(id, name, { actor: ACTOR })).toMatchObject({ roles: [name] });
    expect(await rolesInToken()).toEqual(["customer", "support"]);
    await users.grant(id, "customer", { actor: ACTOR });
    expect(await rolesInToken()).toEqual(["customer", "support"]);
  });

  it.runIf(isHere)("what it loses ends the tokens of whoever has it, what it gains does not", async () => {
    const id = await account();
    await roles.add(name, ["customer"], ACTOR);
    await servers.serving.identity.administration.users.grant(id, name, { actor: ACTOR });
    expect(await roles.change(name, ["customer", "support"], ACTOR)).toMatchObject({
      includes: ["customer", "support"],
    });
    expect(await isEnded(id)).toBe(false);
    await roles.change(name, ["support"], ACTOR);
    expect([await isEnded(id), await rolesInToken()]).toEqual([true, ["support"]]);
    expect(await changesOf(name)).toEqual(["changed", "changed", "created"]);
  });

  it.runIf(isHere)(
    "a removed one is nobody's, nor is another that is called so later; offers of it are empty",
    async () => {
      const id = await account();
      await roles.add(name, ["support"], ACTOR);
      await servers.serving.identity.administration.users.grant(id, name, { actor: ACTOR });
      const offered = `offered-${email}`;
      await servers.serving.identity.invitations.invite(offered, [name, "customer"], OPERATOR);
      expect(await roles.remove(name, ACTOR)).toMatchObject({ name });
      expect([await isEnded(id), await rolesInToken()]).toEqual([true, []]);
      await roles.add(name, ["support"], ACTOR);
      expect(await rolesInToken()).toEqual([]);
      const open = (await servers.serving.identity.invitations.list()).find((one) => one.email === offered);
      expect(open?.roles).toEqual(["customer"]);
    },
  );

  it.runIf(isHere)(
    "one that hides the administrator, or is of nothing, or of itself or another, is refused",
    async () => {
      await roles.add(name, ["support"], ACTOR);
      const refused = async (...includes: string[]) => (await roles.add(`${name}-2`, includes, ACTOR)) as object;
      expect(await refused(ADMINISTRATOR_ROLE, "support")).toMatchObject({ refused: "identity.role-invalid" });
      expect(await refused()).toMatchObject({ refused: "identity.role-invalid" });
      expect(await refused("boss")).toMatchObject({ refused: "identity.role-unknown" });
      expect(await refused(name)).toMatchObject({ refused: "identity.role-unknown" });
      expect(await refused(`${name}-2`)).toMatchObject({ refused: "identity.role-unknown" });
      expect(await roles.change(name, [ADMINISTRATOR_ROLE], ACTOR)).toMatchObject({ refused: "identity.role-invalid" });
      for (const bad of ["", " x", "x\n", "a,b", "a".repeat(101), "ad\u0000min"]) {
        expect(await roles.add(bad, ["support"], ACTOR)).toMatchObject({ refused: "identity.role-invalid" });
      }
    },
  );

  it.runIf(isHere)("those of the configuration, and the administrator's, are changed there only", async () => {
    for (const kept of ["support", ADMINISTRATOR_ROLE]) {
      const refused = { refused: "identity.kept-by-configuration", detail: "It stands under authorization.roles." };
      expect(await roles.change(kept, ["customer"], ACTOR)).toEqual(refused);
      expect(await roles.remove(kept, ACTOR)).toEqual(refused);
      expect(await roles.add(kept, ["customer"], ACTOR)).toEqual({ refused: "identity.role-known" });
    }
    // A start leaves those of administrators, but takes over one whose name the configuration has now.
    await roles.add(name, ["support"], ACTOR);
    await servers.serving.identity.administration.takeOver(declared("customer", "support"));
    expect(await roles.find(name)).toMatchObject({ keptByConfiguration: false });
    await servers.serving.identity.administration.takeOver(declared("customer", "support", name));
    expect(await roles.find(name)).toMatchObject({ keptByConfiguration: true, includes: [] });
    await servers.serving.identity.administration.takeOver(declared("customer", "support"));
    expect(await roles.find(name)).toEqual({ refused: "identity.role-missing" });
  });

  it.runIf(isHere)("no machine has one: its roles are those of the configuration", async () => {
    await roles.add(name, ["support"], ACTOR);
    const { clients } = servers.serving.identity.administration;
    const draft = { profile: "machine", scopes: ["orders:read"], roles: [name] } as const;
    expect(await clients.add(`job-${count}`, draft, ACTOR)).toMatchObject({ refused: "identity.role-unknown" });
  });

  it.runIf(isHere)("of two changes from one state one is made", async () => {
    const made = await roles.add(name, ["support"], ACTOR);
    const version = versionOf(made);
    const other = servers.other.identity.administration.roles;
    const all = await Promise.all([
      roles.change(name, ["customer"], ACTOR, version),
      other.change(name, ["customer", "support"], ACTOR, version),
    ]);
    expect(all.filter((one) => "refused" in one)).toEqual([{ refused: "identity.changed-meanwhile" }]);
    expect(await roles.remove(name, ACTOR, version)).toEqual({ refused: "identity.changed-meanwhile" });
  });
});
