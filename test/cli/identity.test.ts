// Guards the section `identity` and its commands: mistakes are told with place and remedy, accounts and clients are kept.
import { randomBytes } from "node:crypto";
import { readdirSync, readFileSync, statSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { DOCUMENT } from "../configuration/composing.ts";
import { folderWith } from "../configuration/folder.ts";
import { startProcess } from "./process.ts";
import { run } from "./running.ts";

const env = { IDENTITY_SECRET: randomBytes(32).toString("base64") };
const HEAD = "openapi: api.yaml\nauthentication:\n  oauth: { issuer: built-in }\n";
const GOOD = `${HEAD}authorization: { roles: { support: {} } }
identity:
  secrets: ["\${IDENTITY_SECRET}"]
  mail: { folder: mail }
  clients:
    spa: { profile: public, redirectUris: ["http://localhost:9/cb"] }
    job: { profile: machine }
`;

const PUBLIC = GOOD.replace("mail: { folder: mail }", 'mail: { smtp: { file: smtp.url }, from: "a@b.example" }');

function folder(text: string): string {
  return folderWith({ "portcullis.yaml": text, "api.yaml": DOCUMENT, "smtp.url": "smtps://mail.example.com" });
}

describe("check", () => {
  it("has nothing to say of a good section", async () => {
    const { code, out } = await run(["check"], { cwd: folder(GOOD), env });
    expect([code, out]).toEqual([0, expect.stringContaining("nothing to say")]);
  });

  it.each([
    [HEAD, "there is no section identity"],
    [GOOD.replace("mail: { folder: mail }", "mail: { smtp: http://x, from: a@b.example }"), "no smtp: or smtps: URL"],
    [GOOD.replace("http://localhost:9/cb", "http://app.example.com/cb"), "could be anybody's"],
    [GOOD.replace('["http://localhost:9/cb"]', "[]"), "redirectUris is missing"],
    [
      GOOD.replace("profile: machine", 'profile: machine, redirectUris: ["https://a.example/"]'),
      "it is never redirected to",
    ],
    [
      GOOD.replace("issuer: built-in", "issuer: built-in, jwks: keys.json"),
      "jwks has no effect with the built-in issuer",
    ],
    [GOOD.replace("${IDENTITY_SECRET}", "c2hvcnQ="), "has 5 bytes in base64, not 32"],
    [GOOD.replace("  mail:", "  path: /orders\n  mail:"), "lies where the authorization server is served"],
    [`${GOOD}transport: { publicUrl: "https://api.example.com" }\n`, "is for development"],
    [GOOD.replace("profile: machine", "profile: machine, roles: [boss]"), 'has the role "boss"'],
    [`${GOOD}  users: { ann@example.com: { roles: [suport] } }\n`, 'has the role "suport"'],
    [`${GOOD}  users: { ann at example.com: {} }\n`, "is no e-mail address"],
    [`${GOOD}  users: { ann@example.com: {}, ANN@example.com: {} }\n`, "letter case tells no accounts apart"],
    [
      `${GOOD}  users: { ann@example.com: { passwordHash: correct horse battery } }\n`,
      "is no hash that the authorization",
    ],
    [GOOD.replace("profile: public,", "profile: public, roles: [support],"), "only a machine has roles of its own"],
    [`${GOOD}  listen: 8443\n`, "port 8443 is that of transport.listen as well"],
    [`${GOOD}  listen: 0.0.0.0:9901\n`, "port 9901 is that of transport.adminListen as well"],
    [
      `${PUBLIC}transport: { publicUrl: "http://api.example.com", tls: dangerouslyOff }\n`,
      "everybody on the way can read",
    ],
    [`${PUBLIC}transport: { publicUrl: "https://api.example.com", tls: dangerouslyOff }\n`, "speaks plain http"],
    [`${PUBLIC}transport: { publicUrl: "https://api.example.com", tls: terminated-by-proxy }\n`, "trustedProxies"],
  ])("tells a mistake once, with its line and remedy (%#)", async (text, said) => {
    const { code, out } = await run(["check"], { cwd: folder(text), env });
    expect(code).toBe(1);
    expect(out).toContain(said);
    expect(out).toMatch(/^error {2}portcullis\.yaml:\d+:\d+: /m);
    expect(out.match(/^error/gm)).toHaveLength(1);
  });
});

describe("what holds, with care", () => {
  it.each([
    [`${GOOD}  listen: 127.0.0.1:9445\n`],
    [`${GOOD}transport: { publicUrl: "http://localhost:8443", tls: dangerouslyOff }\n`],
    [
      `${PUBLIC}transport: { publicUrl: "https://api.example.com", tls: terminated-by-proxy, trustedProxies: [10.0.0.1] }\n`,
    ],
  ])("has no error of identity (%#)", async (text) => {
    expect((await run(["check"], { cwd: folder(text), env })).out).not.toMatch(/^error/m);
  });

  it("a listener that others reach is a warning, with what they could do", async () => {
    const { out } = await run(["check"], { cwd: folder(`${GOOD}  listen: 0.0.0.0:9444\n`), env });
    expect(out).toMatch(/^warning {2}portcullis\.yaml:\d+:\d+: whoever reaches 0\.0\.0\.0:9444 can say/m);
    expect(out).toContain("let nobody but the gateway reach it");
  });
});

it("explain knows what goes to the authorization server", async () => {
  const { code, out } = await run(["explain", "POST", "/identity/token"], { cwd: folder(GOOD), env });
  expect([code, out]).toEqual([
    0,
    expect.stringContaining("goes to the built-in authorization server: POST /identity/token"),
  ]);
  expect(out).toContain("rate-limiting.failed-token-requests");
  const administration = await run(["explain", "DELETE", "/identity/admin/v1/clients/spa"], { cwd: folder(GOOD), env });
  expect(administration.out).toMatch(/identityRemoveClient[^]*authentication +enforce[^]*docs\/administration\.md/);
  const other = await run(["explain", "GET", "/identity/reg"], { cwd: folder(GOOD), env });
  expect(other.out).toContain("matches no operation");
});

it("does not start with another secret than the database was made with", async () => {
  const cwd = folder(GOOD.replace("  mail:", "  listen: 0\n  mail:"));
  await run(["identity", "key", "list"], { cwd, env });
  const other = { IDENTITY_SECRET: randomBytes(32).toString("base64") };
  const { code, err } = await run(["identity", "start"], { cwd, env: other });
  expect([code, err]).toEqual([2, expect.stringContaining("do not open")]);
});

describe("identity", () => {
  it("keeps accounts: made, listed, given roles, disabled; what is not there is said", async () => {
    const cwd = folder(GOOD);
    const ask = (...args: string[]) => run(["identity", ...args], { cwd, env });
    const added = await run(["identity", "user", "add", "ann@example.com", "--password-stdin"], {
      cwd,
      env,
      input: "correct horse battery\n",
    });
    expect([added.code, added.out]).toEqual([0, "made the account ann@example.com; it can sign in\n"]);
    expect((await ask("user", "add", "bob@example.com")).out).toContain("a mail asks for a password");
    expect(readdirSync(path.join(cwd, "mail"))).toHaveLength(1);
    expect((await ask("user", "grant", "ann@example.com", "support")).out).toBe(
      "ann@example.com: has the role support\n",
    );
    await ask("user", "disable", "bob@example.com");
    const { out } = await ask("user", "list", "--json");
    const users = out
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as object);
    expect(users).toEqual([
      expect.objectContaining({ email: "ann@example.com", status: "active", roles: ["support"] }),
      expect.objectContaining({ email: "bob@example.com", status: "disabled", roles: [] }),
    ]);
    expect(await ask("user", "add", "ANN@example.com")).toMatchObject({
      code: 2,
      err: expect.stringContaining("has an account"),
    });
    expect(await ask("user", "grant", "eve@example.com", "support")).toMatchObject({
      code: 2,
      err: expect.stringContaining("has no account"),
    });
    expect(await ask("user", "grant", "ann@example.com", "suport")).toMatchObject({
      code: 2,
      err: expect.stringContaining("support"),
    });
    expect(await ask("nonsense")).toMatchObject({ code: 2, err: expect.stringContaining("needs one of") });
    expect(await ask("user", "add", "zed@example.com", "--role", "support")).toMatchObject({
      code: 2,
      err: expect.stringContaining("user grant zed@example.com ROLE"),
    });
  });

  it("says what second factors an account has, and takes them away", async () => {
    const cwd = folder(GOOD);
    const ask = (...args: string[]) => run(["identity", "user", ...args], { cwd, env });
    await ask("add", "ann@example.com");
    expect((await ask("factors", "ann@example.com")).out).toBe("ann@example.com has no second factor\n");
    expect((await ask("factors", "ann@example.com", "--json")).out).toBe("");
    const done = "has no second factor any more, signed out everywhere";
    expect((await ask("reset-factors", "ann@example.com")).out).toBe(`ann@example.com: ${done}\n`);
    expect(await ask("factors", "eve@example.com")).toMatchObject({
      code: 2,
      err: expect.stringContaining("has no account"),
    });
    expect(await ask("factors")).toMatchObject({
      code: 2,
      err: expect.stringContaining("an e-mail address is needed"),
    });
  });

  it("keeps clients beside those of the configuration, and says where those are changed", async () => {
    const text = `${GOOD.replace("    job: {", "    job: { roles: [support],").replace("  mail:", "  listen: 0\n  mail:")}monitoring: { sinks: [{ file: audit.ndjson }] }\n`;
    const key = randomBytes(32).toString("base64");
    const cwd = folderWith({
      "portcullis.yaml": text.replace('"${IDENTITY_SECRET}"', "{ file: identity.key }"),
      "api.yaml": DOCUMENT,
      "identity.key": key,
    });
    const ask = (...args: string[]) => run(["identity", "client", ...args], { cwd, env });
    const server = startProcess(["identity", "start"], cwd);
    await server.errorShows(/identity {3}http/);
    const added = await ask("add", "nightly", "--profile", "machine", "--role", "support");
    expect([added.code, added.out]).toEqual([0, expect.stringMatching(/^[\w-]{43}\n$/)]);
    const { secret, ...shown } = JSON.parse(
      (await ask("add", "web", "--profile", "confidential", "--redirect-uri", "https://a.example/cb", "--json")).out,
    ) as Record<string, unknown>;
    expect(secret).toMatch(/^[\w-]{43}$/);
    expect(shown).toMatchObject({ id: "web", keptByConfiguration: false, redirectUris: ["https://a.example/cb"] });
    expect(shown["scopes"]).not.toContain("identity:read");
    const second = JSON.parse((await ask("secret", "add", "web", "--json")).out) as { secretId: string };
    expect(await ask("secret", "add", "web")).toMatchObject({ code: 2, err: expect.stringContaining("two secrets") });
    expect((await ask("secret", "remove", "web", second.secretId)).code).toBe(0);
    expect((await ask("show", "web")).out).not.toContain(second.secretId);
    expect((await ask("change", "nightly", "--name", "Nightly", "--role", "")).out).toMatch(/name +Nightly[^]*roles\n/);
    for (const args of [
      ["change", "job", "--name", "Mine"],
      ["remove", "job"],
    ]) {
      expect(await ask(...args)).toMatchObject({
        code: 2,
        err: expect.stringContaining(
          "kept by the configuration and can only be changed there: It stands under identity.clients.job",
        ),
      });
    }
    expect((await ask("secret", "add", "job")).code).toBe(0);
    expect((await ask("list")).out).toMatch(/job +machine +job +1 +configuration/);
    expect((await ask("remove", "nightly")).out).toBe("nightly: removed\n");
    for (const args of [
      ["add", "x"],
      ["add", "x", "--profile", "robot"],
      ["change", "web"],
      ["show"],
      ["secret", "remove", "web"],
    ]) {
      expect((await ask(...args)).code).toBe(2);
    }
    server.signal("SIGTERM");
    await server.ended;
    const out = readFileSync(path.join(cwd, "audit.ndjson"), "utf8");
    const events = out
      .trim()
      .split("\n")
      .filter((line) => line.includes("identity.client-changed"));
    const told = events.map(
      (line) => (JSON.parse(line) as { portcullis: { data: Record<string, string> } }).portcullis.data,
    );
    const byCommand = told.filter(({ actor_kind: kind }) => kind === "command");
    expect(byCommand.map(({ target, what }) => `${target} ${what}`)).toEqual([
      "nightly created",
      "nightly secret-added",
      "web created",
      "web secret-added",
      "web secret-added",
      "web secret-removed",
      "nightly changed",
      "job secret-added",
      "nightly removed",
    ]);
    expect(told.filter(({ actor_kind: kind }) => kind === "configuration").map(({ target }) => target)).toEqual([
      "spa",
      "job",
    ]);
    expect(out).not.toContain(secret);
  });

  it("lists roles, those of the configuration and the one of administrators", async () => {
    const { out } = await run(["identity", "role", "list", "--json"], { cwd: folder(GOOD), env });
    expect(
      out
        .trim()
        .split("\n")
        .map((line) => (JSON.parse(line) as { name: string }).name),
    ).toEqual(["identity-administrator", "support"]);
  });

  it("does not take the last administrator away, unless it is told to", async () => {
    const cwd = folder(GOOD);
    const ask = (...args: string[]) => run(["identity", "user", ...args], { cwd, env });
    for (const name of ["ann", "bob"]) {
      await run(["identity", "user", "add", `${name}@example.com`, "--password-stdin"], {
        cwd,
        env,
        input: "correct horse battery",
      });
      await ask("grant", `${name}@example.com`, "identity-administrator");
    }
    expect((await ask("disable", "bob@example.com")).code).toBe(0);
    for (const args of [["disable"], ["remove"], ["ungrant", "identity-administrator"]] as const) {
      const [verb, ...role] = args;
      expect(await ask(verb, "ann@example.com", ...role)).toMatchObject({
        code: 2,
        err: expect.stringContaining("This is the last administrator"),
      });
    }
    expect((await ask("ungrant", "ann@example.com", "identity-administrator", "--force")).code).toBe(0);
    expect((await ask("remove", "ann@example.com")).out).toContain("removed");
    expect((await ask("list", "--search", "ANN")).out).not.toContain("ann@");
  });

  it("backs up without writing over anything, and shows what a start would change", async () => {
    const cwd = folder(GOOD);
    const plan = await run(["identity", "migrate", "--plan"], { cwd, env });
    expect(plan.out).toContain("would run 0001-accounts-and-artifacts");
    await run(["identity", "user", "add", "ann@example.com"], { cwd, env });
    expect((await run(["identity", "migrate", "--plan"], { cwd, env })).out).toBe("nothing would be changed\n");
    expect((await run(["identity", "backup", "copy.db"], { cwd, env })).code).toBe(0);
    expect(statSync(path.join(cwd, "identity.db")).mode & 0o777).toBe(0o600);
    expect(await run(["identity", "backup", "copy.db"], { cwd, env })).toMatchObject({ code: 2 });
    const restored = folder(GOOD.replace("  mail:", `  database: ${path.join(cwd, "copy.db")}\n  mail:`));
    expect((await run(["identity", "user", "list"], { cwd: restored, env })).out).toContain("ann@example.com");
  });
});
