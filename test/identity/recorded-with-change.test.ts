// What holders change is written together with its record, or not at all; what is only ended is on record before it is answered; on both databases.
import { describe, expect, it } from "vitest";
import { DATABASES, serversOn } from "./databases.ts";
import { Holder } from "./holder.ts";
import { Person } from "./person.ts";
import { OPERATOR, PASSWORD } from "./serving.ts";
import { withoutTable } from "./without-table.ts";

const OTHER = "another battery staple";

describe.each(DATABASES)("on $name", ({ kind }) => {
  const servers = serversOn(kind);
  const { isHere } = servers;
  const identity = () => servers.serving.identity;

  const withoutRecord = <T>(work: () => Promise<T>) => withoutTable("change", identity().artifacts.database, work);
  const whatOf = async (id: string) => (await identity().changes.list(20, { target: id })).map(({ what }) => what);
  const linkTo = (email: string, page: string) => {
    const mails = servers.serving.mails.filter(({ to }) => to === email);
    const found = mails.map(({ text }) => new RegExp(`http\\S+/${page}\\?token=\\S+`).exec(text)?.[0]);
    return found.findLast((link) => link !== undefined) as string;
  };
  const isPassword = async (email: string, password: string) =>
    typeof (await identity().accounts.signIn(email, password, "known")) === "object";

  it.runIf(isHere)("a password that cannot be recorded is not changed, nor does any session end", async () => {
    const ann = await Holder.withAccount(servers.serving, "password@example.com");
    const page = await ann.openAccount("/password");
    const id = await ann.accountId();
    const failed = await withoutRecord(() => ann.person.submit(page, { old: PASSWORD, password: OTHER }));
    expect(failed.status).toBe(500);
    expect([await isPassword(ann.email, PASSWORD), await isPassword(ann.email, OTHER)]).toEqual([true, false]);
    await ann.person.submit(await ann.openAccount("/password"), { old: PASSWORD, password: OTHER });
    expect([await isPassword(ann.email, OTHER), (await whatOf(id))[0]]).toEqual([true, "Your password was changed."]);
  });

  it.runIf(isHere)("nor is one that was set by a link, whose session stays with it", async () => {
    const ann = await Holder.withAccount(servers.serving, "reset@example.com");
    await ann.openAccount();
    const id = await ann.accountId();
    await identity().accounts.requestReset(ann.email);
    const person = new Person("https://app.example.com");
    const page = await person.open(linkTo(ann.email, "reset"));
    const failed = await withoutRecord(() => person.submit(page, { password: OTHER }));
    expect([failed.status, await isPassword(ann.email, OTHER)]).toEqual([500, false]);
    expect(await identity().sessions.list(id)).toHaveLength(1);
  });

  it.runIf(isHere)("an account that cannot be recorded as deleted is there", async () => {
    const ann = await Holder.withAccount(servers.serving, "deleted@example.com");
    const page = await ann.openAccount("/delete");
    const id = await ann.accountId();
    const typed = { confirm: ann.email, password: PASSWORD };
    expect((await withoutRecord(() => ann.person.submit(page, typed))).status).toBe(500);
    expect(await identity().accountStore.byId(id)).toBeDefined();
    expect((await ann.person.submit(await ann.openAccount("/delete"), typed)).text).toContain("is deleted");
    expect((await whatOf(id))[0]).toBe("The account was deleted by its holder.");
  });

  it.runIf(isHere)("another address is not taken over without its record", async () => {
    const ann = await Holder.withAccount(servers.serving, "address@example.com");
    const id = await ann.accountId();
    const wished = "wished@example.com";
    await ann.person.submit(await ann.openAccount("/email"), { email: wished, password: PASSWORD });
    const page = await ann.person.open(linkTo(wished, "account/email/confirm"));
    expect((await withoutRecord(() => ann.person.submit(page, {}))).status).toBe(500);
    expect((await identity().accountStore.byId(id))?.email).toBe(ann.email);
  });

  it.runIf(isHere)("an invitation that cannot be recorded makes no account, and stays good", async () => {
    const email = "invited@example.com";
    await identity().invitations.invite(email, ["customer"], OPERATOR);
    const token = new URL(linkTo(email, "invitation")).searchParams.get("token") as string;
    await expect(withoutRecord(() => identity().invitations.accept(token, PASSWORD))).rejects.toThrow(/change/);
    expect(await identity().invitations.accept(token, PASSWORD)).toBe("done");
  });

  it.runIf(isHere)("what is ended without that is on record when it is answered", async () => {
    const ann = await Holder.withAccount(servers.serving, "ended@example.com");
    const page = await ann.openAccount();
    const id = await ann.accountId();
    await ann.person.submit(page, {}, {}, "/sign-out");
    expect((await whatOf(id))[0]).toBe("signed out everywhere");
  });
});
