// Accounts that the configuration keeps: made, changed and let go at a start, changed nowhere else, on both databases.
import { describe, expect, it } from "vitest";
import type { DeclaredUser } from "../../src/identity/administration/declared-users.ts";
import { emailAddress } from "../../src/identity/accounts/email-address.ts";
import type { EmailAddress } from "../../src/identity/accounts/email-address.ts";
import { ADMINISTRATOR_ROLE } from "../../src/identity/roles/role-store.ts";
import { DATABASES, serversOn } from "./databases.ts";
import { authorize, discover, redeem, signUp } from "./flows.ts";
import { Holder } from "./holder.ts";
import { Person } from "./person.ts";
import { AUDIENCE, PASSWORD } from "./serving.ts";

const OPERATOR = { kind: "command", id: "root" } as const;
const OTHER_PASSWORD = "another battery staple";
const ROLES = ["customer", "support"].map((name) => ({ name, includes: [], permissions: [] }));
const RESOURCES = [{ audience: AUDIENCE, scopes: ["orders:read", "orders:write"] }];

function user(email: string, more: Partial<DeclaredUser> = {}): DeclaredUser {
  return { email: emailAddress(email) as EmailAddress, roles: [], status: "active", passwordHash: undefined, ...more };
}

describe.each(DATABASES)("on $name", ({ kind }) => {
  const servers = serversOn(kind);
  const { isHere } = servers;
  /** Of the start before: what it names no longer is let go. */
  let named: readonly DeclaredUser[] = [];
  const start = async (...users: readonly DeclaredUser[]) => {
    named = users;
    const { administration } = servers.serving.identity;
    await administration.takeOver({ roles: ROLES, resources: RESOURCES, users });
  };
  const users = () => servers.serving.identity.administration.users;
  const shown = async (email: string) =>
    (await users().search({ text: email, limit: 5 })).users.find((one) => one.email === email);
  const idOf = async (email: string) => (await shown(email))?.id as string;
  const changesOf = async (email: string) =>
    (await servers.serving.identity.changes.list(50, { target: await idOf(email) })).map(({ what, actor }) => [
      what,
      actor.kind,
    ]);
  const hashOf = async (email: string, password = PASSWORD) => {
    const made = await servers.serving.identity.accounts.credentials(email, password);
    return typeof made === "string" ? undefined : made.hash;
  };
  const mailsTo = (email: string) => servers.serving.mails.filter(({ to }) => to === email);
  const signsIn = async (email: string, password = PASSWORD) => {
    const config = await discover(servers.serving, "spa");
    const authorized = await authorize(config, email, { password });
    return authorized.back.searchParams.has("code") ? redeem(config, authorized) : undefined;
  };

  it.runIf(isHere)(
    "a start makes them, confirmed and with their roles, and a mail asks once for a password",
    async () => {
      const email = "made@example.com";
      await start(user(email, { roles: ["support"] }));
      expect(await shown(email)).toMatchObject({
        status: "active",
        emailVerified: true,
        roles: ["support"],
        keptByConfiguration: true,
      });
      await start(...named);
      expect(mailsTo(email)).toHaveLength(1);
      expect(await changesOf(email)).toEqual([["created", "configuration"]]);
      const link = /http\S+\/reset\?token=\S+/.exec(mailsTo(email)[0]?.text ?? "")?.[0] as string;
      const person = new Person("https://app.example.com");
      await person.submit(await person.open(link), { password: PASSWORD });
      const tokens = await signsIn(email);
      expect(JSON.parse(Buffer.from(tokens?.access_token.split(".")[1] ?? "", "base64url").toString())).toMatchObject({
        roles: ["support"],
      });
      await start(...named);
      expect(mailsTo(email)).toHaveLength(1);
    },
  );

  it.runIf(isHere)("one whose link ran out is asked again by the next start", async () => {
    const email = "late@example.com";
    await start(user(email));
    await servers.serving.identity.artifacts.removeOfAccount("PasswordReset", await idOf(email));
    await start(...named);
    expect(mailsTo(email)).toHaveLength(2);
  });

  it.runIf(isHere)("one whose mail was not taken is asked by the next start, and once it was, by none", async () => {
    const { serving } = servers;
    const email = "unmailed@example.com";
    const failed = serving.failures.length;
    serving.mailServer.isAway = true;
    await start(user(email));
    await expect.poll(() => serving.failures.length).toBe(failed + 1);
    expect([serving.failures.at(-1), mailsTo(email)]).toEqual([["mail", new Error("the mail server is away")], []]);
    expect(serving.told.at(-1)).toMatchObject({ action: "identity.mail-failed", level: "error" });
    // A stranger's wish for a reset, which reaches nobody either, is no answer to it.
    await serving.identity.accounts.requestReset(email);
    serving.mailServer.isAway = false;
    await start(...named);
    await expect.poll(() => mailsTo(email)).toHaveLength(1);
    await start(...named);
    await start(...named);
    expect(mailsTo(email)).toHaveLength(1);
    const link = /http\S+\/reset\?token=\S+/.exec(mailsTo(email)[0]?.text ?? "")?.[0] as string;
    const person = new Person("https://app.example.com");
    await person.submit(await person.open(link), { password: PASSWORD });
    expect(await signsIn(email)).toBeDefined();
  });

  it.runIf(isHere)("one whose server died before it wrote the mail is asked by the next", async () => {
    const email = "cut-off@example.com";
    await start(user(email));
    const id = await idOf(email);
    const { artifacts } = servers.serving.identity;
    const wished = async () => {
      const stored = await artifacts.find("PasswordWish", id);
      return stored === undefined ? undefined : artifacts.open(stored)?.["isSent"];
    };
    await expect.poll(wished).toBe(true);
    // As the server that is gone left it.
    const wish = { accountId: id, by: "a process that is gone", at: artifacts.nowSeconds(), isSent: false };
    await artifacts.put("PasswordWish", id, wish, 3_600);
    await start(...named);
    // On PostgreSQL it may be about to write it.
    expect(mailsTo(email)).toHaveLength(kind === "sqlite" ? 2 : 1);
    servers.aheadMs += 121_000;
    await start(...named);
    await expect.poll(() => mailsTo(email)).toHaveLength(2);
  });

  it.runIf(isHere)("by a hash without any mail; what the holder chose since stays, another hash is set", async () => {
    const email = "hashed@example.com";
    const first = user(email, { passwordHash: await hashOf(email) });
    await start(first);
    expect(mailsTo(email)).toEqual([]);
    expect(await signsIn(email)).toBeDefined();
    const ann = new Holder(servers.serving, email);
    const chosen = "chosen by the holder";
    await ann.person.submit(await ann.openAccount("/password"), { old: PASSWORD, password: chosen });
    await start(first);
    expect([await signsIn(email, PASSWORD), (await signsIn(email, chosen)) !== undefined]).toEqual([undefined, true]);
    await ann.openAccount();
    await start(user(email, { passwordHash: await hashOf(email, OTHER_PASSWORD) }));
    expect(await servers.serving.identity.sessions.list(await idOf(email))).toEqual([]);
    expect([await signsIn(email, chosen), (await signsIn(email, OTHER_PASSWORD)) !== undefined]).toEqual([
      undefined,
      true,
    ]);
    expect((await changesOf(email))[0]).toEqual(["password-set", "configuration"]);
    expect(JSON.stringify(await servers.serving.rows(["change"]))).not.toContain("argon2");
  });

  it.runIf(isHere)("who has the address already keeps account and password, and gets exactly these roles", async () => {
    const email = "known@example.com";
    await signUp(servers.serving, email);
    const id = await idOf(email);
    await servers.serving.identity.accountStore.addRole(id, "customer");
    await start(user(email, { roles: ["support"] }));
    expect(await shown(email)).toMatchObject({ id, roles: ["support"], keptByConfiguration: true });
    expect(await signsIn(email)).toBeDefined();
    // What it lost is in no token any more.
    const { revocations } = servers.serving.identity;
    expect((await revocations.since(0)).some(({ kind: what, value }) => what === "subject" && value === id)).toBe(true);
  });

  it.runIf(isHere)("who registered the address without confirming it gets nothing of it", async () => {
    const email = "stranger@example.com";
    await servers.serving.identity.accounts.register(email, "the stranger's password");
    const id = await idOf(email);
    const link = /http\S+\/verify\?token=\S+/.exec(mailsTo(email)[0]?.text ?? "")?.[0] as string;
    await start(user(email, { roles: [ADMINISTRATOR_ROLE] }));
    expect(await idOf(email)).not.toBe(id);
    const page = await new Person("https://app.example.com").open(link);
    const confirmed = await new Person("https://app.example.com")
      .submit(page, { password: "the stranger's password" })
      .catch(() => undefined);
    expect(confirmed?.status === 200 && confirmed.text.includes("confirmed")).toBe(false);
    expect(await signsIn(email, "the stranger's password")).toBeUndefined();
  });

  it.runIf(isHere)(
    "one that is named no longer is disabled and signed out, and an administrator's from then on",
    async () => {
      const email = "gone@example.com";
      await start(user(email, { roles: ["support"], passwordHash: await hashOf(email) }));
      const ann = new Holder(servers.serving, email);
      await ann.openAccount();
      await start();
      const id = await idOf(email);
      expect(await shown(email)).toMatchObject({ status: "disabled", roles: ["support"], keptByConfiguration: false });
      expect(await servers.serving.identity.sessions.list(id)).toEqual([]);
      expect(await signsIn(email)).toBeUndefined();
      expect((await changesOf(email))[0]).toEqual(["disabled", "configuration"]);
      await start();
      expect(await changesOf(email)).toHaveLength(2);
      expect(await users().enable(id, { actor: OPERATOR })).toMatchObject({ status: "active" });
      expect(await signsIn(email)).toBeDefined();
    },
  );

  it.runIf(isHere)("disabled by the configuration: nobody signs in, and nobody is asked for a password", async () => {
    const email = "off@example.com";
    await start(user(email, { status: "disabled" }));
    expect(mailsTo(email)).toEqual([]);
    await start(user(email, { passwordHash: await hashOf(email) }));
    const ann = new Holder(servers.serving, email);
    await ann.openAccount();
    await start(user(email, { passwordHash: named[0]?.passwordHash, status: "disabled" }));
    expect(await servers.serving.identity.sessions.list(await idOf(email))).toEqual([]);
    expect(await signsIn(email)).toBeUndefined();
  });

  it.runIf(isHere)(
    "administrators change nothing of it that the next start would undo, but end what is open",
    async () => {
      const email = "kept@example.com";
      await start(user(email, { roles: ["support"] }));
      const id = await idOf(email);
      const by = { actor: OPERATOR, evenLast: true };
      const refused = { refused: "identity.kept-by-configuration", detail: "It stands under identity.users." };
      expect(await users().disable(id, by)).toEqual(refused);
      expect(await users().enable(id, by)).toEqual(refused);
      expect(await users().setRoles(id, ["customer"], by)).toEqual(refused);
      expect(await users().grant(id, ADMINISTRATOR_ROLE, by)).toEqual(refused);
      expect(await users().ungrant(id, "support", by)).toEqual(refused);
      expect(await users().remove(id, by)).toEqual(refused);
      expect(await shown(email)).toMatchObject({ status: "active", roles: ["support"] });
      expect(await users().signOut(id, by)).toMatchObject({ id });
      expect(await users().resetFactors(id, by)).toMatchObject({ id });
    },
  );

  it.runIf(isHere)("its holder is not offered another address nor the end of it, and gets neither", async () => {
    const email = "holder@example.com";
    const passwordHash = await hashOf(email);
    const free = new Holder(servers.serving, "free@example.com");
    await start(user(email, { passwordHash }), user(free.email, { passwordHash: await hashOf(free.email) }));
    const ann = new Holder(servers.serving, email);
    const page = await ann.openAccount();
    expect(page.text).toContain("Whoever runs the service keeps this account");
    expect(page.text).not.toMatch(/account\/(email|delete)/);
    const asked = await ann.openAccount("/email");
    const wished = await ann.person.submit(asked, { email: "else@example.com", password: PASSWORD });
    expect([wished.status, wished.text.includes("kept by whoever runs the service")]).toEqual([400, true]);
    const ending = await ann.openAccount("/delete");
    const ended = await ann.person.submit(ending, { confirm: email, password: PASSWORD });
    expect([ended.status, ended.text.includes("kept by whoever runs the service")]).toEqual([400, true]);
    expect(await shown(email)).toBeDefined();
    // Let go and enabled it is the holder's again.
    await start(user(email, { passwordHash }));
    await users().enable(await idOf(free.email), { actor: OPERATOR });
    expect((await free.openAccount()).text).toMatch(/account\/delete/);
  });

  it.runIf(isHere)("two servers that start at once make each of them once, and write one mail", async () => {
    const email = "both@example.com";
    const declared = { roles: ROLES, resources: RESOURCES, users: [user(email, { roles: ["customer"] })] };
    await Promise.all(
      [servers.serving, servers.other].map(({ identity }) => identity.administration.takeOver(declared)),
    );
    expect(await changesOf(email)).toEqual([["created", "configuration"]]);
    expect(new Set([...mailsTo(email), ...servers.other.mails.filter(({ to }) => to === email)]).size).toBe(1);
  });
});
