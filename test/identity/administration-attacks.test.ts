// The administration from the attacker's side, on both databases: through the gate, and past it straight to the process behind.
import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { ADMINISTRATOR_ROLE } from "../../src/identity/roles/role-store.ts";
import { Administered, type Asked, OPERATOR } from "./administered.ts";
import { DATABASES } from "./databases.ts";
import { postgresPrograms } from "./postgres.ts";
import { PASSWORD } from "./serving.ts";

interface Described {
  readonly paths: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

const METHODS = ["get", "post", "put", "patch", "delete"];
const ID = "11111111-1111-4111-8111-111111111111";
const { paths } = parse(readFileSync("data/administration.openapi.yaml", "utf8")) as Described;
/** Every operation, so that none is forgotten. */
const operations = Object.entries(paths).flatMap(([template, item]) =>
  METHODS.filter((method) => method in item).map((method) => ({
    method: method.toUpperCase(),
    below: template
      .replace("{userId}", ID)
      .replace("{clientId}", "spa")
      .replace("{secretId}", "0a")
      .replace("{roleName}", "support"),
  })),
);
const writes = operations.filter(({ method }) => method !== "GET");
const BODIES: Readonly<Record<string, unknown>> = {
  "POST /users": { email: "eve@example.com" },
  [`PUT /users/${ID}/roles`]: { roles: [] },
  "POST /roles": { name: "evil", includes: ["support"] },
  "PUT /roles/support": { includes: ["customer"] },
  "POST /clients": { id: "evil", profile: "machine" },
  "PATCH /clients/spa": { name: "Evil" },
};
const bodyOf = ({ method, below }: { method: string; below: string }): Pick<Asked, "body"> => ({
  body: BODIES[`${method} ${below}`],
});

const here = DATABASES.filter(({ kind }) => kind === "sqlite" || postgresPrograms() !== undefined);

it("there is something to attack", () => {
  expect([operations.length, writes.length]).toEqual([25, 16]);
});

describe.each(here)("on $name", ({ kind }) => {
  let served: Administered;
  let rootId: string;
  let token: string;
  let plain: string;
  let reader: string;

  beforeAll(async () => {
    served = await Administered.start(kind);
    rootId = await served.account("root@example.com", [ADMINISTRATOR_ROLE]);
    await served.account("plain@example.com", ["support"]);
    token = await served.personToken("root@example.com");
    plain = await served.personToken("plain@example.com");
    reader = await served.machineToken("reader", "identity:read identity:write");
  });
  afterAll(() => served.close());

  /** Refused by the gate, and by what stands behind it. */
  const isRefused = async (method: string, below: string, asked: Asked, reason: string | RegExp) => {
    for (const answer of [await served.ask(method, below, asked), await served.askBehind(method, below, asked)]) {
      expect(answer.body["reason"]).toMatch(reason);
      expect([401, 403]).toContain(answer.status);
    }
  };

  it.each(operations)(
    "$method $below: nobody gets in without a token, or with a session's cookie",
    async (operation) => {
      const { method, below } = operation;
      const cookie = { cookie: "__Host-portcullis-session=abc; portcullis-session=abc; portcullis-session.sig=abc" };
      for (const headers of [{}, cookie]) {
        await isRefused(method, below, { ...bodyOf(operation), headers }, "authentication.credentials-missing");
      }
    },
  );

  it.each(operations)("$method $below: a user without the role is refused", async (operation) => {
    const { method, below } = operation;
    await isRefused(method, below, { ...bodyOf(operation), token: plain }, "authorization.role-missing");
  });

  it.each(writes)("$method $below: a machine with identity:read alone changes nothing", async (operation) => {
    const { method, below } = operation;
    await isRefused(method, below, { ...bodyOf(operation), token: reader }, "authorization.scope-insufficient");
  });

  it("the same machine reads", async () => {
    expect((await served.ask("GET", "/users", { token: reader })).status).toBe(200);
    expect((await served.askBehind("GET", "/users", { token: reader })).status).toBe(200);
  });

  it("J29 a machine that has the scopes but no role is refused", async () => {
    const powerless = await served.machineToken("powerless");
    await isRefused("GET", "/users", { token: powerless }, "authorization.role-missing");
  });

  it("an ordinary client gets no token for this audience, whatever scopes it names", async () => {
    const { clients } = served.identity.administration;
    await clients.add("ordinary", { profile: "machine" }, OPERATOR);
    await expect(served.machineToken("ordinary")).rejects.toThrow("invalid_target");
    const query = new URLSearchParams({
      client_id: "spa",
      response_type: "code",
      redirect_uri: "https://console.example.com/callback",
      scope: "openid identity:read identity:write",
      resource: served.audience,
      code_challenge: "x".repeat(43),
      code_challenge_method: "S256",
    });
    const { headers } = await served.ask("GET", `~/identity/auth?${query.toString()}`);
    expect(headers.location).toContain("error=invalid_target");
  });

  it.each([
    ["J22 the API's own audience", { aud: "https://api.example.com" }, "authentication.audience-rejected"],
    ["J22 a list with both audiences", { aud: ["https://api.example.com"] }, "authentication.audience-rejected"],
    ["J21 another issuer", { iss: "https://evil.example/" }, "authentication.issuer-rejected"],
    ["J18 expired", { exp: 1_000_000_000 }, /token-(expired|lifetime-rejected|malformed)/],
    [
      "J29 scopes that only contain the name",
      { scope: "xidentity:writex identity" },
      "authorization.scope-insufficient",
    ],
  ] as const)("%s: scope names and a role in the token do not help", async (_name, claims, reason) => {
    const forged = await served.signed({
      sub: rootId,
      scope: "identity:read identity:write",
      roles: [ADMINISTRATOR_ROLE],
      ...claims,
    });
    await isRefused("POST", "/users", { token: forged, body: { email: "eve@example.com" } }, reason);
  });

  it("J23 an ID token is no access token, though this server signed it", async () => {
    const claims = { sub: rootId, scope: "identity:read identity:write", roles: [ADMINISTRATOR_ROLE] };
    const forged = await served.signed(claims, { typ: "JWT" });
    await isRefused("GET", "/users", { token: forged }, /^authentication\./);
  });

  it("D10 a token bound to a key is not taken without its proof, behind the gate neither", async () => {
    const claims = { sub: rootId, scope: "identity:read", roles: [ADMINISTRATOR_ROLE], cnf: { jkt: "x".repeat(43) } };
    await isRefused("GET", "/users", { token: await served.signed(claims) }, /^authentication\.(proof|token-bound)/);
  });

  it("a role in the token that the account does not have opens nothing behind the gate", async () => {
    const made = await served.account("stripped@example.com");
    const claims = { sub: made, scope: "identity:read identity:write", roles: [ADMINISTRATOR_ROLE] };
    const forged = await served.signed(claims);
    const answer = await served.ask("POST", "/users", { token: forged, body: { email: "eve@example.com" } });
    expect([answer.status, answer.body["reason"]]).toEqual([403, "authorization.role-missing"]);
  });

  it.each([
    ["POST", "/users", { email: "eve@example.com", id: ID }],
    ["POST", "/users", { email: "eve@example.com", status: "active", emailVerified: true }],
    ["POST", "/users", { email: "eve@example.com", password: PASSWORD }],
    ["POST", "/users", { email: "eve@example.com", roles: "identity-administrator" }],
    ["POST", "/clients", { id: "evil", profile: "machine", keptByConfiguration: true }],
    ["POST", "/clients", { id: "evil", profile: "machine", secrets: [{ id: "0a", hash: "x" }] }],
    ["PATCH", "/clients/mine", { id: "spa" }],
    ["PATCH", "/clients/mine", { keptByConfiguration: true }],
    ["PATCH", "/clients/mine", {}],
    ["PUT", `/users/${ID}/roles`, { roles: [], status: "active" }],
  ] as const)("I11 mass assignment: %s %s %j is refused", async (method, below, body) => {
    const answer = await served.ask(method, below, { token, body, headers: { "if-match": `"${"a".repeat(22)}"` } });
    expect([answer.status, String(answer.body["reason"]).split(".")[0]]).toEqual([400, "validation"]);
  });

  it("I11 mass assignment past the gate changes nothing that the server decides", async () => {
    const body = { email: "chosen@example.com", id: ID, status: "disabled", password: PASSWORD, created_at: 1 };
    const made = await served.askBehind("POST", "/users", { token, body });
    expect(made.body).toMatchObject({ status: "active", roles: [] });
    expect(made.body["id"]).not.toBe(ID);
    const client = { id: "chosen", profile: "machine", keptByConfiguration: true, isDeclared: true, secrets: [] };
    const { client: shown } = (await served.askBehind("POST", "/clients", { token, body: client })).body as {
      client: { keptByConfiguration: boolean; secrets: object[] };
    };
    expect([shown.keptByConfiguration, shown.secrets.length]).toEqual([false, 1]);
  });

  it.each([
    ["I15 SQL", "/users?search=%27%20or%201%3D1%20--"],
    ["I15 wildcards", "/users?search=%25%25"],
    ["I15 SQL in a role", "/users?role=x%27%20or%20%27a%27%3D%27a"],
    ["I15 SQL in a cursor", "/users?after=zzzz%27%20or%201%3D1%20--"],
    ["I15 SQL in a target", "/changes?target=%27%20or%201%3D1%20--"],
  ])("%s finds nothing", async (_name, below) => {
    const { status, body } = await served.ask("GET", below, { token });
    expect([status, (body["users"] ?? body["changes"]) as object[]]).toEqual([200, []]);
  });

  it.each(["/users/../clients", "/users/%2e%2e/clients", "/users/a%2fb", "/clients/a%00b", "/nothing", "/users/"])(
    "G01 %s leads nowhere",
    async (below) => {
      expect((await served.ask("GET", below, { token })).status).toBeGreaterThanOrEqual(400);
      expect((await served.askBehind("GET", below, { token })).status).toBeGreaterThanOrEqual(400);
    },
  );

  it.each([
    ["no JSON", "{", {}],
    ["an array", "[]", {}],
    ["a form", "email=eve%40example.com", { "content-type": "application/x-www-form-urlencoded" }],
    ["too much of it", JSON.stringify({ email: "x".repeat(70_000) }), {}],
  ])("a body that is %s is refused, and makes nobody", async (_name, body, headers) => {
    for (const answer of [
      await served.ask("POST", "/users", { token, body, headers }),
      await served.askBehind("POST", "/users", { token, body, headers }),
    ]) {
      expect([400, 413, 415]).toContain(answer.status);
    }
    expect((await served.ask("GET", "/users?search=eve", { token })).body["users"]).toEqual([]);
  });

  it("pages of other origins read nothing", async () => {
    const answer = await served.ask("GET", "/roles", { token, headers: { origin: "https://evil.example" } });
    expect(answer.headers["access-control-allow-origin"]).toBeUndefined();
    expect(answer.headers["cache-control"]).toContain("no-store");
  });
});

describe("where it is observed only, or off", () => {
  it("--observe opens nothing of the administration", async () => {
    const served = await Administered.start("sqlite", {}, true);
    try {
      expect((await served.ask("GET", "~/orders/x")).status).toBe(200);
      expect((await served.ask("GET", "/users")).status).toBe(401);
      expect((await served.ask("POST", "/users", { body: { email: "eve@example.com" } })).status).toBe(401);
    } finally {
      await served.close();
    }
  });

  it("off, there is nothing: no path, no audience for tokens", async () => {
    // Its scopes are none then: a client of the configuration that names them stops the start.
    const clients = { robot: { profile: "machine", scopes: ["read"] } };
    const served = await Administered.start("sqlite", { administration: "off", clients });
    try {
      expect((await served.ask("GET", "/users")).status).toBe(404);
      expect((await served.askBehind("GET", "/users")).status).toBe(404);
      await expect(served.machineToken("robot", "read")).rejects.toThrow("invalid_target");
    } finally {
      await served.close();
    }
  });
});
