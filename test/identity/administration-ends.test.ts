// What ends and what must not, on both databases: the last administrator stays, and whoever was one is none within two seconds.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ADMINISTRATOR_ROLE } from "../../src/identity/roles/role-store.ts";
import { Administered, OPERATOR } from "./administered.ts";
import { DATABASES } from "./databases.ts";
import { postgresPrograms } from "./postgres.ts";
import { stopwatch } from "../servers/stopwatch.ts";

const here = DATABASES.filter(({ kind }) => kind === "sqlite" || postgresPrograms() !== undefined);

describe.each(here)("on $name", ({ kind }) => {
  let served: Administered;
  let rootId: string;
  let token: string;

  beforeAll(async () => {
    served = await Administered.start(kind);
    rootId = await served.account("root@example.com", [ADMINISTRATOR_ROLE]);
    token = await served.administratorToken(rootId);
  });
  afterAll(() => served.close());

  it("the last administrator is neither disabled, nor deleted, nor stripped of the role", async () => {
    const at = `/users/${rootId}`;
    const { etag } = (await served.ask("GET", at, { token })).headers;
    for (const [method, below, body] of [
      ["POST", `${at}/disable`, undefined],
      ["DELETE", at, undefined],
      ["PUT", `${at}/roles`, { roles: ["support"] }],
    ] as const) {
      const answer = await served.ask(method, below, { token, body, headers: { "if-match": etag as string } });
      expect([answer.status, answer.body["reason"]]).toEqual([409, "identity.last-administrator"]);
    }
  });

  it("somebody invited who has no password yet does not count as another administrator", async () => {
    const made = await served.ask("POST", "/users", {
      token,
      body: { email: "late@example.com", roles: [ADMINISTRATOR_ROLE] },
    });
    expect((await served.ask("POST", `/users/${rootId}/disable`, { token })).status).toBe(409);
    expect((await served.ask("DELETE", `/users/${made.body["id"] as string}`, { token })).status).toBe(204);
  });

  it("of two administrators who remove each other at once, one is left", async () => {
    for (let round = 0; round < 5; round += 1) {
      const name = `rival-${round}@example.com`;
      const rivalId = await served.account(name, [ADMINISTRATOR_ROLE]);
      const rival = await served.administratorToken(rivalId);
      const answers = await Promise.all([
        served.ask("POST", `/users/${rivalId}/disable`, { token }),
        served.ask("POST", `/users/${rootId}/disable`, { token: rival }, "last"),
      ]);
      const statuses = answers.map(({ status }) => status);
      expect(statuses.filter((status) => status === 200)).toHaveLength(1);
      const { users } = served.identity.administration;
      await users.enable(rootId, { actor: OPERATOR });
      await users.remove(rivalId, { actor: OPERATOR, evenLast: true });
      token = await served.administratorToken(rootId);
    }
  });

  it.each([
    [
      "the role is taken away",
      (id: string) => served.identity.administration.users.setRoles(id, [], { actor: OPERATOR }),
    ],
    ["the account is disabled", (id: string) => served.identity.administration.users.disable(id, { actor: OPERATOR })],
    ["all sessions are ended", (id: string) => served.identity.administration.users.signOut(id, { actor: OPERATOR })],
    ["the account is deleted", (id: string) => served.identity.administration.users.remove(id, { actor: OPERATOR })],
  ])(
    "T19 once %s, the administrator's token is refused: behind the gate at once, by every gate within two seconds",
    async (_what, end) => {
      const name = `gone-${Math.random().toString(36).slice(2)}@example.com`;
      const id = await served.account(name, [ADMINISTRATOR_ROLE]);
      const theirs = await served.signed({
        sub: id,
        scope: "identity:read identity:write",
        roles: [ADMINISTRATOR_ROLE],
      });
      for (const at of ["first", "last"] as const) {
        expect((await served.ask("GET", "/roles", { token: theirs }, at)).status).toBe(200);
      }
      await end(id);
      const passedMs = stopwatch();
      expect((await served.askBehind("GET", "/roles", { token: theirs })).body["reason"]).toBe(
        "authentication.token-revoked",
      );
      for (const at of ["first", "last"] as const) {
        expect([401, 403]).toContain((await served.ask("GET", "/roles", { token: theirs }, at)).status);
        const api = {
          token: await served.signed({
            sub: id,
            aud: "https://api.example.com",
            iat: Math.floor(Date.now() / 1000) - 2,
            scope: "read",
          }),
        };
        await expect.poll(async () => (await served.ask("GET", "~/orders/7", api, at)).status).toBe(401);
      }
      expect(passedMs()).toBeLessThan(2_500);
    },
  );

  it("T19 the tokens of a client that was removed end at every gate, its users' too", async () => {
    const { clients } = served.identity.administration;
    const made = await clients.add("passing", { profile: "machine", scopes: ["read"] }, OPERATOR);
    if ("refused" in made) throw new Error(made.refused);
    const machine = await served.machineToken("passing", "read", "https://api.example.com");
    const claims = { sub: rootId, client_id: "passing", aud: "https://api.example.com", scope: "read" };
    const persons = await served.signed(claims);
    for (const one of [machine, persons])
      expect((await served.ask("GET", "~/orders/7", { token: one })).status).toBe(200);
    await clients.remove("passing", OPERATOR);
    const passedMs = stopwatch();
    for (const at of ["first", "last"] as const) {
      for (const one of [machine, persons]) {
        await expect.poll(async () => (await served.ask("GET", "~/orders/7", { token: one }, at)).status).toBe(401);
      }
    }
    expect(passedMs()).toBeLessThan(2_500);
  });
});
