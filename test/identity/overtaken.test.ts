// What was begun before the account changed opens nothing behind it, however close together the two come (RFC 9700 4.14.2, NIST SP 800-63B-4 5.3).
import { describe, expect, it, onTestFinished } from "vitest";
import type { AccountStore } from "../../src/identity/accounts/account-store.ts";
import { DATABASES, serversOn } from "./databases.ts";
import { Holder } from "./holder.ts";
import { Person } from "./person.ts";
import { PASSWORD, type Serving } from "./serving.ts";

const NEW = "a brand new sentence";

describe.each(DATABASES)("on $name", ({ kind }) => {
  const servers = serversOn(kind);

  const resetLink = ({ mails }: Serving, to: string) =>
    /http\S+\/reset\?token=\S+/.exec(mails.findLast((mail) => mail.to === to)?.text ?? "")?.[0] as string;

  /** Once, behind the answer of the database and before whoever asked goes on. */
  function behindNext(method: "byEmail", work: () => Promise<unknown>): void {
    const { accountStore } = servers.serving.identity;
    const asked: AccountStore[typeof method] = accountStore[method].bind(accountStore);
    accountStore[method] = async (email) => {
      const account = await asked(email);
      accountStore[method] = asked;
      await work();
      return account;
    };
    onTestFinished(() => void (accountStore[method] = asked));
  }

  it.runIf(servers.isHere)(
    "P10 a link to the old address, written while the account gets another, sets no password",
    async () => {
      const { serving } = servers;
      const holder = await Holder.withAccount(serving, "old@example.com");
      const page = await holder.openAccount("/email");
      await holder.person.submit(page, { email: "new@example.com", password: PASSWORD });
      const mail = serving.mails.findLast(({ to }) => to === "new@example.com");
      const confirm = await holder.person.open(/http\S+\/confirm\?token=\S+/.exec(mail?.text ?? "")?.[0] as string);
      const thief = new Person("https://app.example.com");
      const asked = await thief.open(`${serving.issuer}/forgotten`);
      behindNext("byEmail", async () => {
        expect((await holder.person.submit(confirm, {})).text).toContain("new@example.com");
      });
      await thief.submit(asked, { email: "old@example.com" });
      // The mail does go to whoever had the address.
      const answer = await thief.submit(await thief.open(resetLink(serving, "old@example.com")), { password: NEW });
      expect(answer.status).toBe(400);
      expect(await serving.identity.accounts.signIn("new@example.com", NEW)).toBeUndefined();
      expect(await serving.identity.accounts.signIn("new@example.com", PASSWORD)).toBeTypeOf("object");
    },
  );

  it.runIf(servers.isHere)("P10 the link to the address that the account has sets one", async () => {
    const { serving } = servers;
    const holder = await Holder.withAccount(serving, "same@example.com");
    await holder.person.submit(await holder.person.open(`${serving.issuer}/forgotten`), { email: "Same@Example.com" });
    const answer = await holder.person.submit(await holder.person.open(resetLink(serving, "same@example.com")), {
      password: NEW,
    });
    expect(answer.status).toBe(200);
  });

  it.runIf(servers.isHere)("P10 an old password that was proven before it was replaced is no first step", async () => {
    const { serving } = servers;
    const holder = await Holder.withAccount(serving, "ann@example.com");
    await holder.addApp();
    const id = await holder.accountId();
    holder.inNewBrowser();
    servers.aheadMs += 30_000;
    const { page } = await holder.ask();
    const { factors, sessions } = serving.identity;
    const has = factors.has.bind(factors);
    // Between the password and what is kept of it: its holder sets another, which ends all that was begun.
    factors.has = async (asked) => {
      factors.has = has;
      await sessions.endAll(id);
      return has(asked);
    };
    const step = await holder.typePassword(page);
    expect(step.text).toContain("Sign in to The");
    // Typed again, with nothing in between, it is.
    expect((await holder.typePassword(step)).text).toContain("One more step");
  });
});
