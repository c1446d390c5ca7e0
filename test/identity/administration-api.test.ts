// The administration API through the product's own gate, on both databases: what administrators do, and who is none.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ADMINISTRATOR_ROLE } from "../../src/identity/roles/role-store.ts";
import { Administered, OPERATOR } from "./administered.ts";
import { DATABASES } from "./databases.ts";
import { postgresPrograms } from "./postgres.ts";

const here = DATABASES.filter(({ kind }) => kind === "sqlite" || postgresPrograms() !== undefined);

describe.each(here)("on $name", ({ kind }) => {
  let served: Administered;
  let token: string;
  let rootId: string;

  beforeAll(async () => {
    served = await Administered.start(kind);
    rootId = await served.account("root@example.com", [ADMINISTRATOR_ROLE]);
    token = await served.personToken("root@example.com");
  });
  afterAll(() => served.close());

  const ask = (method: string, below: string, body?: unknown, headers?: Record<string, string>) =>
    served.ask(method, below, { token, body, headers: headers ?? {} });
  const etag = async (below: string) => (await ask("GET", below)).headers.etag as string;

  it("finds users by a part of the address, by status and role, page by page", async () => {
    for (const name of ["ann", "anna", "bob_x", "bobyx"]) await served.account(`${name}@found.example`, ["customer"]);
    const found = async (query: string) =>
      ((await ask("GET", `/users?${query}`)).body["users"] as { email: string }[]).map(
        ({ email }) => email.split("@")[0],
      );
    expect(await found("search=ANN")).toEqual(["ann", "anna"]);
    expect(await found("search=b_x")).toEqual(["bob_x"]);
    expect(await found("search=%25")).toEqual([]);
    expect(await found(`role=${ADMINISTRATOR_ROLE}`)).toEqual(["root"]);
    expect(await found("role=customer&status=disabled")).toEqual([]);
    const first = await ask("GET", "/users?search=found.example&limit=3");
    const { users, next } = first.body as { users: { email: string }[]; next: string };
    expect(users.map(({ email }) => email)).toEqual(["ann@found.example", "anna@found.example", "bob_x@found.example"]);
    const rest = await ask("GET", `/users?search=found.example&limit=3&after=${encodeURIComponent(next)}`);
    expect(rest.body).toEqual({
      users: [expect.objectContaining({ email: "bobyx@found.example", roles: ["customer"] })],
    });
  });

  it("makes a user, changes roles from the version that was read, disables, enables, signs out, resets, deletes", async () => {
    const made = await ask("POST", "/users", { email: "new@example.com", roles: ["customer"] });
    expect([made.status, made.body]).toEqual([
      201,
      expect.objectContaining({ email: "new@example.com", status: "active", roles: ["customer"], emailVerified: true }),
    ]);
    const at = `/users/${made.body["id"] as string}`;
    expect((await ask("POST", "/users", { email: "NEW@example.com" })).body["reason"]).toBe("identity.user-known");
    expect((await ask("PUT", `${at}/roles`, { roles: [] })).status).toBe(428);
    const version = await etag(at);
    const changed = await ask("PUT", `${at}/roles`, { roles: ["support"] }, { "if-match": version });
    expect([changed.status, changed.body["roles"]]).toEqual([200, ["support"]]);
    const late = await ask("PUT", `${at}/roles`, { roles: [] }, { "if-match": version });
    expect([late.status, late.body["reason"]]).toEqual([412, "identity.changed-meanwhile"]);
    const unknown = await ask("PUT", `${at}/roles`, { roles: ["boss"] }, { "if-match": await etag(at) });
    expect(unknown.body["reason"]).toBe("identity.role-unknown");
    expect((await ask("POST", `${at}/disable`)).body["status"]).toBe("disabled");
    expect((await ask("POST", `${at}/enable`)).body["status"]).toBe("active");
    expect((await ask("POST", `${at}/sign-out`)).status).toBe(200);
    expect((await ask("POST", `${at}/reset-factors`)).status).toBe(200);
    expect((await ask("DELETE", at, undefined, { "if-match": version })).status).toBe(412);
    expect((await ask("DELETE", at)).status).toBe(204);
    expect((await ask("GET", at)).body["reason"]).toBe("identity.user-unknown");
    const changes = (await ask("GET", `/changes?target=${made.body["id"] as string}`)).body["changes"] as object[];
    expect(changes.toReversed()).toEqual(
      [
        { what: "created", after: { status: "active", roles: ["customer"] } },
        { what: "roles-changed", before: { roles: ["customer"] }, after: { roles: ["support"] } },
        { what: "disabled", before: { status: "active" }, after: { status: "disabled" } },
        { what: "enabled", before: { status: "disabled" }, after: { status: "active" } },
        { what: "signed-out" },
        { what: "factors-reset", before: { factors: [] }, after: { factors: [] } },
        { what: "removed", before: { status: "active", roles: ["support"] } },
      ].map((change) => expect.objectContaining({ ...change, actor: { kind: "account", id: rootId } }) as object),
    );
    expect(JSON.stringify(changes)).not.toContain("new@example.com");
  });

  it("makes a client, which gets tokens at once at every server; shows a secret once, and never again", async () => {
    const made = await ask("POST", "/clients", { id: "nightly", profile: "machine", scopes: ["read"] });
    expect(made.status).toBe(201);
    const { secret, id: secretId } = made.body["secret"] as { id: string; secret: string };
    const form = { grant_type: "client_credentials", client_id: "nightly", client_secret: secret, scope: "read" };
    const tokens = await served.ask(
      "POST",
      "~/identity/token",
      {
        body: new URLSearchParams(form).toString(),
        headers: { "content-type": "application/x-www-form-urlencoded" },
      },
      "last",
    );
    expect(tokens.status).toBe(200);
    const shown = await ask("GET", "/clients/nightly");
    expect(shown.body["secrets"]).toEqual([{ id: secretId, createdAt: expect.any(String) as string }]);
    const everything = [shown, await ask("GET", "/clients"), await ask("GET", "/changes?limit=200")];
    expect(JSON.stringify(everything)).not.toContain(secret);
    const second = await ask("POST", "/clients/nightly/secrets");
    expect([second.status, typeof second.body["secret"]]).toEqual([201, "string"]);
    expect((await ask("POST", "/clients/nightly/secrets")).body["reason"]).toBe("identity.secrets-full");
    expect((await ask("DELETE", `/clients/nightly/secrets/${secretId}`)).status).toBe(204);
    const changed = await ask(
      "PATCH",
      "/clients/nightly",
      { name: "Night" },
      { "if-match": await etag("/clients/nightly") },
    );
    expect([changed.status, changed.body["name"], changed.body["scopes"]]).toEqual([200, "Night", ["read"]]);
    expect((await ask("DELETE", "/clients/nightly")).status).toBe(204);
    expect((await ask("GET", "/clients/nightly")).status).toBe(404);
  });

  it("says of a client of the configuration where it is changed", async () => {
    const version = await etag("/clients/spa");
    for (const [method, body] of [
      ["PATCH", { name: "Mine" }],
      ["DELETE", undefined],
    ] as const) {
      const refused = await ask(method, "/clients/spa", body, { "if-match": version });
      expect([refused.status, refused.body["reason"]]).toEqual([409, "identity.kept-by-configuration"]);
      expect(refused.body["detail"]).toContain("identity.clients.spa");
    }
  });

  it("keeps roles of its own, by the ETag of what was read", async () => {
    const made = await ask("POST", "/roles", { name: "front desk", includes: ["support", "customer"] });
    expect([made.status, made.body]).toEqual([
      201,
      { name: "front desk", includes: ["customer", "support"], permissions: [], keptByConfiguration: false },
    ]);
    const at = "/roles/front%20desk";
    expect((await ask("PUT", at, { includes: ["support"] })).status).toBe(428);
    const changed = await ask("PUT", at, { includes: ["support"] }, { "if-match": await etag(at) });
    expect([changed.status, changed.body["includes"]]).toEqual([200, ["support"]]);
    const kept = await ask(
      "PUT",
      "/roles/support",
      { includes: ["customer"] },
      { "if-match": await etag("/roles/support") },
    );
    expect([kept.status, kept.body["reason"]]).toEqual([409, "identity.kept-by-configuration"]);
    expect((await ask("DELETE", at)).status).toBe(204);
    expect((await ask("GET", at)).body["reason"]).toBe("identity.role-missing");
  });

  it("lists roles and resources as the configuration keeps them, and keys without their private halves", async () => {
    expect((await ask("GET", "/roles")).body).toEqual({
      roles: [
        { name: "customer", includes: [], permissions: [], keptByConfiguration: true },
        { name: ADMINISTRATOR_ROLE, includes: [], permissions: [], keptByConfiguration: true },
        { name: "support", includes: [], permissions: ["orders:refund"], keptByConfiguration: true },
      ],
    });
    expect((await ask("GET", "/resources")).body).toEqual({
      resources: [
        { audience: served.audience, scopes: ["identity:read", "identity:write"] },
        { audience: "https://api.example.com", scopes: ["read", "write"] },
      ],
    });
    const keys = (await ask("GET", "/keys")).body["keys"] as Record<string, string>[];
    expect(keys.map((key) => Object.keys(key))).toEqual([["id", "state", "signsFrom"]]);
  });

  it("each change is an event of the record, with who, what, before and after", async () => {
    const id = await served.account("recorded@example.com");
    await ask("POST", `/users/${id}/disable`);
    await expect
      .poll(() => served.events().filter(({ portcullis }) => JSON.stringify(portcullis ?? null).includes(id)), {
        timeout: 30_000,
      })
      .toEqual(
        expect.arrayContaining([
          expect.objectContaining({
            event: expect.objectContaining({ code: "identity.account-changed", type: ["change"] }) as object,
            portcullis: {
              data: expect.objectContaining({
                what: "disabled",
                actor_kind: "account",
                actor: rootId,
                target: id,
                before: '{"status":"active"}',
                after: '{"status":"disabled"}',
              }) as object,
            },
          }),
        ]),
      );
    const exchange = served.events().find(({ url }) => JSON.stringify(url ?? "").includes(`/users/${id}/disable`));
    expect(exchange).toMatchObject({
      user: { id: rootId },
      portcullis: { operation: { id: "identityDisableUser" }, authentication: { client_id: "console" } },
    });
  });

  it("the limit is one of its own: who uses it up still calls the API", async () => {
    const robot = await served.machineToken("robot");
    const statuses = new Set<number>();
    for (let i = 0; i < 330; i += 1) statuses.add((await served.ask("GET", "/roles", { token: robot })).status);
    expect([...statuses]).toEqual([200, 429]);
    const api = await served.machineToken("robot", "read", "https://api.example.com");
    expect((await served.ask("GET", "~/orders/7", { token: api })).status).toBe(200);
    expect((await served.ask("GET", "/roles", { token })).status).toBe(200);
  });

  it("keys are replaced at once: a token of before is refused, another one is taken", async () => {
    const before = (await ask("GET", "/keys")).body["keys"] as { id: string }[];
    const robot = await served.machineToken("reader", "identity:read");
    const [changed] = await served.identity.administration.replaceKeys(OPERATOR);
    await served.identity.server.renewKeys();
    expect(before.map(({ id }) => id)).not.toContain(changed?.id);
    expect((await served.askBehind("GET", "/roles", { token: robot })).status).toBe(401);
  });
});
