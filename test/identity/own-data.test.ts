// What is stored about an account, given to its holder without a secret, and deleted with all that it opens; on both databases.
import { describe, expect, it } from "vitest";
import { ADMINISTRATOR_ROLE } from "../../src/identity/roles/role-store.ts";
import { DATABASES, serversOn } from "./databases.ts";
import { askForTokens, signUp } from "./flows.ts";
import { Holder } from "./holder.ts";
import { naiveServer } from "./naive-server.ts";
import { PASSWORD } from "./serving.ts";

const naive = naiveServer();

describe.each(DATABASES)("on $name", ({ kind }) => {
  const servers = serversOn(kind);
  const { isHere } = servers;
  const withAccount = (email: string) => Holder.withAccount(servers.serving, email);
  const rowsOf = async (accountId: string) => {
    const tables = ["account", "account_role", "factor", "recovery_code", "session", "artifact"] as const;
    const rows = (await servers.serving.rows(tables)) as readonly { id?: string; account_id?: string }[];
    return rows.filter((row) => row.id === accountId || row.account_id === accountId);
  };

  it.runIf(isHere)("the export has all that is stored, and nothing that opens anything", async () => {
    const ann = await withAccount("ann@example.com");
    const asked = await ann.ask();
    await ann.allow(asked, await ann.typePassword(asked.page));
    await ann.addApp();
    await servers.serving.identity.accountStore.addRole(await ann.accountId(), "customer");
    const file = await ann.person.submit(await ann.openAccount(), {}, {}, "/export");
    expect(file.headers.get("content-disposition")).toBe('attachment; filename="account.json"');
    expect(file.headers.get("content-type")).toBe("application/json; charset=utf-8");
    expect(file.headers.get("cache-control")).toBe("no-store");
    const data = JSON.parse(file.text) as Record<string, unknown>;
    expect(data).toMatchObject({
      account: { id: await ann.accountId(), email: "ann@example.com", hasPassword: true, status: "active" },
      roles: ["customer"],
      secondFactors: [{ name: "Phone", kind: "totp" }],
      recoveryCodesLeft: 10,
      sessions: [{ network: "127.0.0.0/24" }],
      applications: [{ clientId: "spa", scopes: ["offline_access", "openid", "orders:read"] }],
      changes: expect.arrayContaining([
        expect.objectContaining({ what: "A second factor was added: authenticator app.", by: "account" }),
      ]),
      open: expect.arrayContaining([expect.objectContaining({ kind: "RefreshToken", client: "spa" })]),
    });
    const stored = (await rowsOf(await ann.accountId())) as readonly Record<string, unknown>[];
    const secrets = stored.flatMap((row) =>
      Object.entries(row).flatMap(([name, value]) =>
        /hash|password$|secret|payload/.test(name) && typeof value === "string" ? value : [],
      ),
    );
    expect(secrets.length).toBeGreaterThan(10);
    for (const secret of [...secrets, ...ann.recoveryCodes]) expect(file.text).not.toContain(secret);
    for (const { value } of ann.person.cookies.values()) expect(file.text).not.toContain(value);
    expect(servers.serving.changes).toContain("What is stored about the account was exported.");
  });

  it.runIf(isHere)("the export names every kind of row that the account has", async () => {
    const tables = new Set<string>();
    const ann = await withAccount("kinds@example.com");
    await ann.addApp();
    for (const row of (await rowsOf(await ann.accountId())) as readonly Record<string, unknown>[]) {
      for (const name of Object.keys(row)) tables.add(name);
    }
    // A new column has to be thought of here: is it in the export, or is it a secret?
    const known =
      "account_id browser client_id code_hash consumed_at counter created_at declared declared_password email email_key email_verified_at expires_at " +
      "grant_hash id id_hash kind lookup_hash model name network password password_length_min payload previous_hash " +
      "repeated_at secret seen_at sessions_generation status uid_hash updated_at used_at user_code_hash";
    expect([...tables].sort().join(" ")).toBe(known);
  });

  it.runIf(isHere)("deletion ends everything, leaves no row, tells the gates, and frees the address", async () => {
    const ann = await withAccount("gone@example.com");
    const asked = await ann.ask();
    const tokens = await ann.allow(asked, await ann.typePassword(asked.page));
    await ann.addApp();
    const there = new Holder(servers.serving, ann.email);
    const accountId = await ann.accountId();
    await servers.serving.identity.accountStore.addRole(accountId, "customer");
    const reset = async () => servers.serving.identity.accounts.requestReset(ann.email);
    await reset();
    expect((await rowsOf(accountId)).length).toBeGreaterThan(10);
    const page = await ann.openAccount("/delete");
    expect(page.text).toContain("It cannot be undone");
    const done = await ann.person.submit(page, { confirm: ann.email, password: PASSWORD });
    expect(done.text).toContain("Your account is deleted");
    expect(await rowsOf(accountId)).toEqual([]);
    const feed = await servers.serving.identity.revocations.since(0);
    expect(feed).toContainEqual(expect.objectContaining({ kind: "subject", value: accountId }));
    const refreshed = await askForTokens(servers.serving, {
      grant_type: "refresh_token",
      client_id: "spa",
      refresh_token: tokens.refresh_token as string,
    });
    expect(refreshed.body["error"]).toBe("invalid_grant");
    expect((await ann.person.open(`${servers.serving.issuer}/account`)).text).toContain("Sign in to");
    expect((await there.typePassword((await there.ask()).page)).status).toBe(401);
    expect(servers.serving.mails.at(-1)).toMatchObject({
      to: ann.email,
      subject: expect.stringContaining("was deleted"),
    });
    expect(servers.serving.changes).toContain("The account was deleted by its holder.");
    await signUp(servers.serving, ann.email, "another long sentence");
    const again = await servers.serving.identity.accounts.signIn(ann.email, "another long sentence");
    expect(again).toBeTypeOf("object");
    expect(again).not.toMatchObject({ id: accountId });
  });

  it.runIf(isHere).each([
    ["another address", "other@example.com", PASSWORD, "Type the e-mail address"],
    ["no address", "", PASSWORD, "Type the e-mail address"],
    ["a wrong password", undefined, "a wrong password", "The password is not right."],
    ["no password", undefined, "", "The password is not right."],
  ])("with %s nothing is deleted", async (what, confirm, password, sentence) => {
    const bob = await withAccount(`stays-${what.replaceAll(" ", "-")}@example.com`);
    const page = await bob.openAccount("/delete");
    const answer = await bob.person.submit(page, { confirm: confirm ?? bob.email, password });
    expect([answer.status, answer.text.includes(sentence)]).toEqual([400, true]);
    expect((await bob.openAccount()).text).toContain(bob.email);
  });

  it.runIf(isHere)("the form that is sent several times at once deletes once, and is told once", async () => {
    const { serving, other } = servers;
    const bob = await withAccount("at-once@example.com");
    const id = await bob.accountId();
    const page = await bob.openAccount("/delete");
    const origins = [serving, other, serving, other].map(({ reachedAt }) => new URL(reachedAt).origin);
    const answers = await bob.person.submitAtOnce(origins, page, { confirm: bob.email, password: PASSWORD }, "/delete");
    expect(answers.some(({ status }) => status === 200)).toBe(true);
    const told = [...serving.mails, ...(other === serving ? [] : other.mails)].filter(({ to }) => to === bob.email);
    expect(told.filter(({ subject }) => subject.includes("was deleted"))).toHaveLength(1);
    const record = await serving.identity.changes.list(10, { target: id });
    expect(record.filter(({ what }) => what.includes("deleted"))).toHaveLength(1);
  });

  it.runIf(isHere)("the last administrator stays, until there is another", async () => {
    const { users } = servers.serving.identity.administration;
    const options = { actor: { kind: "command", id: "test" } } as const;
    const eve = await withAccount("last@example.com");
    await users.grant(await eve.accountId(), ADMINISTRATOR_ROLE, options);
    const leave = async () =>
      eve.person.submit(await eve.openAccount("/delete"), { confirm: eve.email, password: PASSWORD });
    const refused = await leave();
    expect([refused.status, refused.text]).toEqual([400, expect.stringContaining("You are the last administrator.")]);
    expect((await eve.openAccount()).text).toContain(eve.email);
    const next = await withAccount("next@example.com");
    await users.grant(await next.accountId(), ADMINISTRATOR_ROLE, options);
    expect((await leave()).text).toContain("Your account is deleted");
    await users.ungrant(await next.accountId(), ADMINISTRATOR_ROLE, { ...options, evenLast: true });
  });

  it.runIf(isHere)("with a second factor, only a session that has shown it may delete or export", async () => {
    const carol = await withAccount("carol@example.com");
    const thief = new Holder(servers.serving, carol.email);
    const page = await thief.openAccount();
    const form = await thief.openAccount("/delete");
    await carol.addApp();
    const typed = { confirm: carol.email, password: PASSWORD };
    expect((await thief.person.submit(form, typed)).text).toContain("One more step");
    expect((await thief.person.submit(page, {}, {}, "/export")).text).toContain("One more step");
    expect((await carol.openAccount()).text).toContain(carol.email);
  });

  it.runIf(isHere)("P11 guesses of the password are slowed down where an account is deleted", async () => {
    const dan = await withAccount("guess@example.com");
    const page = await dan.openAccount("/delete");
    dan.person.cookies.delete("portcullis-device");
    const statuses: number[] = [];
    servers.standsAtMs = Date.now();
    for (let i = 0; i < 6; i += 1) {
      statuses.push((await dan.person.submit(page, { confirm: dan.email, password: `a wrong one ${i}` })).status);
    }
    servers.standsAtMs = undefined;
    expect(statuses).toEqual([400, 400, 400, 400, 400, 429]);
  });

  it.runIf(isHere).each(["/export", "/delete"])("P18 %s takes no form from elsewhere", async (to) => {
    expect(await naive().takesFromElsewhere(`/account${to}`)).toBe(true);
    const holder = await withAccount(`csrf${to.replace("/", "-")}@example.com`);
    const page = await holder.openAccount(to === "/delete" ? to : "");
    const typed = { confirm: holder.email, password: PASSWORD };
    const crossSite = { origin: "https://evil.example", "sec-fetch-site": "cross-site" };
    expect((await holder.person.submit(page, typed, crossSite, to)).status).toBe(403);
    expect((await holder.person.submit(page, { ...typed, token: "x" }, {}, to)).status).toBe(403);
    expect((await holder.openAccount()).text).toContain(holder.email);
  });

  it.runIf(isHere)("nothing of this was a fault of the server", () => expect(servers.serving.failures).toEqual([]));
});
