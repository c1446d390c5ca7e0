// Another e-mail address: who may ask for it, who may confirm it, what ends with it, and what nobody learns; on both databases.
import { describe, expect, it } from "vitest";
import { DATABASES, serversOn } from "./databases.ts";
import { askForTokens } from "./flows.ts";
import { Holder } from "./holder.ts";
import { naiveServer } from "./naive-server.ts";
import { Person } from "./person.ts";
import { PASSWORD } from "./serving.ts";

const naive = naiveServer();

const APPLICATION = "https://app.example.com";

describe.each(DATABASES)("on $name", ({ kind }) => {
  const servers = serversOn(kind);
  const { isHere } = servers;
  const mailsTo = (address: string) => servers.serving.mails.filter(({ to }) => to === address);
  const linkTo = (address: string) =>
    /http\S+\/account\/email\/confirm\?token=\S+/.exec(mailsTo(address).at(-1)?.text ?? "")?.[0] ?? "";
  const ask = async (holder: Holder, email: string, password = PASSWORD) =>
    holder.person.submit(await holder.openAccount("/email"), { email, password });
  const confirm = async (holder: Holder, link: string) => holder.person.submit(await holder.person.open(link), {});
  const withAccount = (email: string) => Holder.withAccount(servers.serving, email);

  it.runIf(isHere)(
    "the link changes it, keeps this session, and ends the others, every token and older links",
    async () => {
      const ann = await withAccount("ann@example.com");
      const asked = await ann.ask();
      const tokens = await ann.allow(asked, await ann.typePassword(asked.page));
      const there = new Holder(servers.serving, ann.email);
      await there.openAccount();
      const accountId = await ann.accountId();
      await servers.serving.identity.accounts.requestReset(ann.email);
      const reset = /\/reset\?token=(\S+)/.exec(mailsTo(ann.email).at(-1)?.text ?? "")?.[1] as string;
      expect((await ask(ann, "ann@new.example")).text).toContain("Look into your mail");
      expect(mailsTo(ann.email).at(-1)?.text).toContain("ann@new.example");
      expect((await confirm(ann, linkTo("ann@new.example"))).text).toContain("Your e-mail address is changed.");
      expect(mailsTo(ann.email).at(-1)?.text).toContain("is ann@new.example now");
      expect((await ann.person.open(`${servers.serving.issuer}/account`)).text).toContain(
        "<strong>ann@new.example</strong>",
      );
      expect((await there.person.open(`${servers.serving.issuer}/account`)).text).toContain("Sign in to");
      const refreshed = await askForTokens(servers.serving, {
        grant_type: "refresh_token",
        client_id: "spa",
        refresh_token: tokens.refresh_token as string,
      });
      expect(refreshed.body["error"]).toBe("invalid_grant");
      const feed = await servers.serving.identity.revocations.since(0);
      expect(feed).toContainEqual(expect.objectContaining({ kind: "subject", value: accountId }));
      const { accounts } = servers.serving.identity;
      expect(await accounts.reset(reset, "a brand new sentence")).toBe("token");
      expect(await accounts.signIn("ann@example.com", PASSWORD)).toBeUndefined();
      expect(await accounts.signIn("ann@new.example", PASSWORD)).toMatchObject({ id: accountId });
      expect(servers.serving.changes).toEqual(
        expect.arrayContaining(["Another e-mail address was asked for.", "The e-mail address was changed."]),
      );
      expect(servers.serving.changes.join()).not.toContain("new.example");
    },
  );

  it.runIf(isHere).each([
    ["no address", "no address", "must be a valid e-mail address"],
    ["two addresses", "a@b.example,c@d.example", "must be a valid e-mail address"],
    ["a line break", "a@b.example\r\nBcc: c@d.example", "must be a valid e-mail address"],
    ["the same one", "WRONG@example.com", "the address that your account has"],
  ])("P06 %s is refused", async (_what, email, sentence) => {
    const bob = new Holder(servers.serving, "wrong@example.com");
    if (mailsTo(bob.email).length === 0) await withAccount(bob.email);
    const page = await ask(bob, email);
    expect([page.status, page.text.includes(sentence)]).toEqual([400, true]);
  });

  it.runIf(isHere)("P11 it needs the password, and guesses of it are slowed down", async () => {
    const bob = await withAccount("guess@example.com");
    const page = await bob.openAccount("/email");
    const statuses: number[] = [];
    servers.standsAtMs = Date.now();
    // Another browser than the one that signed in: that one is not held up.
    bob.person.cookies.delete("portcullis-device");
    for (let i = 0; i < 6; i += 1) {
      statuses.push(
        (await bob.person.submit(page, { email: "new@bob.example", password: `a wrong password ${i}` })).status,
      );
    }
    servers.standsAtMs = undefined;
    expect(statuses).toEqual([400, 400, 400, 400, 400, 429]);
    expect(mailsTo("new@bob.example")).toEqual([]);
  });

  it.runIf(isHere)("with a second factor, only a session that has shown it may ask or confirm", async () => {
    const carol = await withAccount("carol@example.com");
    const thief = new Holder(servers.serving, carol.email);
    await thief.openAccount();
    await carol.addApp();
    expect((await thief.person.open(`${servers.serving.issuer}/account/email`)).text).toContain("One more step");
    await ask(carol, "carol@new.example");
    expect((await thief.person.open(linkTo("carol@new.example"))).text).toContain("One more step");
    expect((await confirm(carol, linkTo("carol@new.example"))).text).toContain("is changed");
  });

  it.runIf(isHere)(
    "P07 a taken address looks as a free one does, gets a mail that changes nothing, and no link",
    async () => {
      await withAccount("taken@example.com");
      const eve = await withAccount("eve@example.com");
      const free = await ask(eve, "free@example.com");
      const taken = await ask(eve, "taken@example.com");
      expect([taken.status, taken.text]).toEqual([free.status, free.text]);
      const told = (address: string) => mailsTo(eve.email).filter(({ text }) => text.includes(address)).length;
      expect([told("free@example.com"), told("taken@example.com")]).toEqual([1, 1]);
      expect(mailsTo("taken@example.com").at(-1)?.text).toContain("It has an account");
      expect(mailsTo("taken@example.com").at(-1)?.text).not.toMatch(/https?:/);
    },
  );

  it.runIf(isHere)(
    "P10 the link is good once, for an hour, for the newest wish, and has the configured host",
    async () => {
      const dan = await withAccount("dan@example.com");
      await ask(dan, "dan@first.example");
      const first = linkTo("dan@first.example");
      expect(first.startsWith(`${servers.serving.issuer}/account/email/confirm?token=`)).toBe(true);
      await ask(dan, "dan@second.example");
      expect((await confirm(dan, first)).text).toContain("The link was used, has ended");
      const link = linkTo("dan@second.example");
      servers.aheadMs += 3_600_000;
      await dan.openAccount();
      expect((await confirm(dan, link)).status).toBe(400);
      await ask(dan, "dan@third.example");
      const last = linkTo("dan@third.example");
      expect((await confirm(dan, last)).text).toContain("is changed");
      expect((await confirm(dan, last)).status).toBe(400);
    },
  );

  it.runIf(isHere)("P10 of 50 confirmations at once one changes it", async () => {
    const fay = await withAccount("fay@example.com");
    await ask(fay, "fay@new.example");
    const before = servers.serving.changes.length;
    const page = await fay.person.open(linkTo("fay@new.example"));
    const pages = await Promise.all(Array.from({ length: 50 }, () => fay.person.submit(page, {})));
    expect(pages.filter(({ text }) => text.includes("is changed"))).toHaveLength(1);
    expect(servers.serving.changes.slice(before)).toEqual(["The e-mail address was changed."]);
  });

  it.runIf(isHere)("two accounts that want one address at once: one gets it", async () => {
    const [gus, hal] = [await withAccount("gus@example.com"), await withAccount("hal@example.com")];
    await ask(gus, "wanted@example.com");
    const ofGus = linkTo("wanted@example.com");
    await ask(hal, "wanted@example.com");
    const ofHal = linkTo("wanted@example.com");
    const done = await Promise.all([confirm(gus, ofGus), confirm(hal, ofHal)]);
    expect(done.filter(({ text }) => text.includes("is changed"))).toHaveLength(1);
    expect(done.filter(({ status }) => status === 400)).toHaveLength(1);
  });

  it.runIf(isHere)("the owner of an address who is made to follow a stranger's link gives nothing away", async () => {
    const ivy = await withAccount("ivy@example.com");
    const eve = await withAccount("stranger@example.com");
    await ask(eve, "ivy@private.example");
    const link = linkTo("ivy@private.example");
    const anonymous = await new Person(APPLICATION).open(link);
    expect(anonymous.text).toContain("Sign in to your account");
    await ivy.openAccount();
    expect((await confirm(ivy, link)).text).toContain("The link was used, has ended");
    expect((await confirm(eve, link)).text).toContain("is changed");
  });

  it.runIf(isHere)("who has to sign in for the link goes on with it", async () => {
    const jan = await withAccount("jan@example.com");
    await ask(jan, "jan@new.example");
    jan.inNewBrowser();
    const page = await jan.typePassword(await jan.person.open(linkTo("jan@new.example")));
    expect(page.text).toContain("Confirm your new address");
    expect((await jan.person.submit(page, {})).text).toContain("is changed");
  });

  it.runIf(isHere).each([
    ["elsewhere", "https://evil.example/"],
    ["an unknown page", "/account/nothing"],
    ["beside the account", "/interaction/x"],
    ["another host", "//evil.example/account"],
    ["upwards", "/account/../session/end"],
    ["with more behind", "/account?done=x&y"],
  ])("after the sign-in nobody is sent %s", async (_where, state) => {
    const url = `${servers.serving.issuer}/account?${new URLSearchParams({ code: "x", state }).toString()}`;
    const answer = await fetch(url, { redirect: "manual" });
    expect(answer.headers.get("location")).toBe("/identity/account");
  });

  it.runIf(isHere).each(["/email", "/email/confirm"])("P18 %s takes no form from elsewhere", async (path) => {
    expect(await naive().takesFromElsewhere(`/account${path}`)).toBe(true);
    const holder = await withAccount(`csrf${path.replaceAll("/", "-")}@example.com`);
    await ask(holder, `new${path.replaceAll("/", "-")}@example.com`);
    const link = linkTo(`new${path.replaceAll("/", "-")}@example.com`);
    const page = path === "/email" ? await holder.openAccount("/email") : await holder.person.open(link);
    const typed = { email: "evil@example.com", password: PASSWORD };
    const crossSite = { origin: "https://evil.example", "sec-fetch-site": "cross-site" };
    expect((await holder.person.submit(page, typed, crossSite)).status).toBe(403);
    expect((await holder.person.submit(page, { ...typed, token: "x" })).status).toBe(403);
    expect(mailsTo("evil@example.com")).toEqual([]);
    expect((await holder.openAccount()).text).toContain(holder.email);
  });

  it.runIf(isHere)("nothing of this was a fault of the server", () => expect(servers.serving.failures).toEqual([]));
});
