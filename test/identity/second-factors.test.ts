// Second factors as their holders go through them: added, asked for at the sign-in and to step up, removed; on both databases.
import { decodeJwt } from "jose";
import { describe, expect, it } from "vitest";
import { base32 } from "../../src/identity/factors/base32.ts";
import { stepOfCode, totpCode } from "../../src/identity/factors/totp.ts";
import { DATABASES, serversOn } from "./databases.ts";
import { Holder, optionsOf } from "./holder.ts";
import { naiveServer } from "./naive-server.ts";
import { PASSWORD } from "./serving.ts";
import { SoftwareAuthenticator } from "./software-authenticator.ts";

const naive = naiveServer();

const RFC_SECRET = Buffer.from("12345678901234567890");

describe("one-time codes", () => {
  it.each([
    [59, "287082"],
    [1_111_111_109, "081804"],
    [1_111_111_111, "050471"],
    [1_234_567_890, "005924"],
    [2_000_000_000, "279037"],
    [20_000_000_000, "353130"],
  ])("at %i s are what RFC 6238 says", (seconds, code) => {
    expect(totpCode(RFC_SECRET, Math.floor(seconds / 30))).toBe(code);
  });
  it.each([
    [-2, undefined],
    [-1, 999],
    [0, 1000],
    [1, 1001],
    [2, undefined],
  ])("of %i steps from now: %s", (steps, found) => {
    expect(stepOfCode(RFC_SECRET, totpCode(RFC_SECRET, 1000 + steps), 30_000)).toBe(found);
  });
  it.each(["", "12345", "1234567", "12345a", "\u0661\u0662\u0663\u0664\u0665\u0666"])("%j is none", (text) => {
    expect(stepOfCode(RFC_SECRET, text, 30_000)).toBeUndefined();
  });
  it("have secrets in base32 as RFC 4648 writes it", () => {
    const vectors = {
      "": "",
      f: "MY",
      fo: "MZXQ",
      foo: "MZXW6",
      foob: "MZXW6YQ",
      fooba: "MZXW6YTB",
      foobar: "MZXW6YTBOI",
    };
    for (const [text, encoded] of Object.entries(vectors)) expect(base32(Buffer.from(text))).toBe(encoded);
  });
});

describe.each(DATABASES)("on $name", ({ kind }) => {
  const servers = serversOn(kind);
  const { isHere } = servers;

  const origin = () => new URL(servers.serving.issuer).origin;
  const nextCode = (holder: Holder) => {
    servers.aheadMs += 30_000;
    return holder.code();
  };

  it.runIf(isHere)("a password alone says so in the token", async () => {
    const ann = await Holder.withAccount(servers.serving, "plain@example.com");
    const asked = await ann.ask();
    const tokens = await ann.allow(asked, await ann.typePassword(asked.page));
    const claims = decodeJwt(tokens.access_token);
    expect(claims).toMatchObject({ acr: "pwd", amr: ["pwd"], auth_time: expect.any(Number) });
    expect(decodeJwt(tokens.id_token as string)).toMatchObject({ acr: "pwd", amr: ["pwd"] });
  });

  it.runIf(isHere)("an app is added by a code, and asked for at every sign-in from then on", async () => {
    const ann = await Holder.withAccount(servers.serving, "app@example.com");
    const page = await ann.openAccount("/app");
    expect(page.text).toMatch(/<svg[^>]+viewBox/);
    expect(page.text).toContain("otpauth://totp/Orders:app%40example.com?secret=");
    expect(page.headers.get("content-security-policy")).toContain("script-src 'none'");
    expect((await ann.person.submit(page, { code: "000000", name: "x" })).status).toBe(400);
    expect(await servers.serving.identity.factors.list(await ann.accountId())).toEqual([]);
    const codes = await ann.addApp();
    expect(codes.text).toContain("Your recovery codes");
    expect(new Set(ann.recoveryCodes).size).toBe(10);
    expect((await ann.openAccount()).text).toContain("Phone");
    ann.inNewBrowser();
    const asked = await ann.ask();
    const step = await ann.typePassword(asked.page);
    expect([step.status, step.text.includes("One more step")]).toEqual([200, true]);
    const wrong = await ann.typeCode(step, "000000");
    expect([wrong.status, wrong.text.includes("The code is not right")]).toEqual([401, true]);
    const tokens = await ann.allow(asked, await ann.typeCode(wrong, nextCode(ann)));
    expect(decodeJwt(tokens.access_token)).toMatchObject({ acr: "mfa", amr: ["pwd", "otp", "mfa"] });
    expect(servers.serving.changes.at(-1)).toContain("A second factor was added");
    expect(servers.serving.mails.at(-1)).toMatchObject({
      to: "app@example.com",
      subject: expect.stringContaining("changed"),
    });
  });

  it.runIf(isHere)("no session exists between the two steps", async () => {
    const ann = await Holder.withAccount(servers.serving, "between@example.com");
    await ann.addApp();
    ann.inNewBrowser();
    const asked = await ann.ask();
    await ann.typePassword(asked.page);
    const none = await ann.ask({ prompt: "none" });
    expect(new URL(none.page.url).searchParams.get("error")).toBe("login_required");
    const again = await ann.person.open(`${asked.page.url}?start=over`);
    expect(again.text).toContain("Sign in to");
  });

  it.runIf(isHere)("a recovery code signs in once", async () => {
    const ann = await Holder.withAccount(servers.serving, "recovery@example.com");
    await ann.addApp();
    const [code = ""] = ann.recoveryCodes;
    ann.inNewBrowser();
    const first = await ann.ask();
    const consent = await ann.typeCode(await ann.typePassword(first.page), code.toLowerCase().replaceAll("-", " "));
    expect(consent.text).toContain("asks for access");
    ann.inNewBrowser();
    const second = await ann.ask();
    expect((await ann.typeCode(await ann.typePassword(second.page), code)).status).toBe(401);
    expect(await servers.serving.identity.recovery.left(await ann.accountId())).toBe(9);
  });

  it.runIf(isHere)("new recovery codes take the place of the old ones", async () => {
    const ann = await Holder.withAccount(servers.serving, "codes@example.com");
    await ann.addApp();
    const old = ann.recoveryCodes;
    const shown = await ann.person.submit(await ann.openAccount(), {}, {}, "/recovery-codes");
    expect(shown.text).toContain("Your recovery codes");
    const { recovery } = servers.serving.identity;
    expect(await recovery.use(await ann.accountId(), old[0] as string)).toBe(false);
    expect(await recovery.left(await ann.accountId())).toBe(10);
  });

  it.runIf(isHere)("a passkey is a second factor", async () => {
    const ann = await Holder.withAccount(servers.serving, "second@example.com");
    const key = new SoftwareAuthenticator(origin());
    expect((await ann.addPasskey(key)).text).toContain("Your recovery codes");
    ann.inNewBrowser();
    const asked = await ann.ask();
    const step = await ann.typePassword(asked.page);
    expect(step.headers.get("content-security-policy")).toMatch(/script-src 'sha256-[\w+/=]{44}';/);
    const shown = await ann.showPasskey(step, key.get(optionsOf(step), { isVerified: false }));
    const tokens = await ann.allow(asked, shown);
    expect(decodeJwt(tokens.access_token)).toMatchObject({ acr: "mfa", amr: ["pwd", "hwk", "mfa"] });
  });

  it.runIf(isHere)("a passkey is the only factor where its holder was verified", async () => {
    const ann = await Holder.withAccount(servers.serving, "only@example.com");
    const key = new SoftwareAuthenticator(origin(), true);
    await ann.addPasskey(key);
    for (let i = 0; i < 2; i += 1) {
      ann.inNewBrowser();
      const asked = await ann.ask();
      const options = optionsOf(asked.page);
      expect(options).toMatchObject({ userVerification: "required", rpId: "localhost" });
      const tokens = await ann.allow(asked, await ann.showPasskey(asked.page, key.get(options)));
      expect(decodeJwt(tokens.access_token)).toMatchObject({ acr: "mfa", amr: ["swk", "mfa"] });
      expect((await ann.openAccount()).text).toContain("Your account");
    }
  });

  it.runIf(isHere)("a client steps up within a session", async () => {
    const ann = await Holder.withAccount(servers.serving, "step-up@example.com");
    const bob = new Holder(servers.serving, ann.email);
    const asked = await bob.ask();
    await bob.allow(asked, await bob.typePassword(asked.page));
    await ann.addApp();
    const up = await bob.ask({ acr_values: "mfa" });
    expect(up.page.text).toContain("One more step");
    bob.secret = ann.secret;
    const tokens = await bob.allow(up, await bob.typeCode(up.page, nextCode(ann)));
    expect(decodeJwt(tokens.access_token)).toMatchObject({ acr: "mfa", amr: ["pwd", "otp", "mfa"] });
    const again = await bob.ask({ acr_values: "mfa" });
    expect(again.page.text).toContain("asks for access");
    const refreshed = await bob.ask({ max_age: "0", prompt: "login" });
    expect(refreshed.page.text).toContain("Sign in to");
  });

  it.runIf(isHere)("a client that asks for more than the account has is told", async () => {
    const ann = await Holder.withAccount(servers.serving, "none@example.com");
    const asked = await ann.ask({ acr_values: "mfa" });
    const page = await ann.typePassword(asked.page);
    expect(page.text).toContain("A second factor is needed");
    const still = await ann.person.submit(page, { answer: "continue" });
    expect(still.text).toContain("A second factor is needed");
    const back = await ann.person.submit(still, { answer: "deny" });
    expect(new URL(back.url).searchParams.get("error")).toBe("unmet_authentication_requirements");
    const either = await ann.ask({ acr_values: "mfa pwd" });
    expect(either.page.text).toContain("asks for access");
    const later = await ann.ask({ acr_values: "mfa" });
    await ann.addApp();
    expect((await ann.person.submit(later.page, { answer: "continue" })).text).toContain("asks for access");
  });

  it.runIf(isHere)("what is removed is not asked for any more", async () => {
    const ann = await Holder.withAccount(servers.serving, "removed@example.com");
    await ann.addApp();
    const done = await ann.person.submit(await ann.openAccount(), {}, {}, "/remove");
    expect(done.text).toContain("The second factor is removed.");
    expect(await servers.serving.identity.recovery.left(await ann.accountId())).toBe(0);
    ann.inNewBrowser();
    expect((await ann.typePassword((await ann.ask()).page)).text).toContain("asks for access");
  });

  it.runIf(isHere)("who has no factor to show opens no account page, and none that is stale", async () => {
    const ann = await Holder.withAccount(servers.serving, "stale@example.com");
    const other = new Holder(servers.serving, ann.email);
    expect((await other.openAccount()).text).toContain("Your account");
    await ann.addApp();
    expect((await other.person.open(`${servers.serving.issuer}/account`)).text).toContain("One more step");
    const taken = await other.person.open(`${servers.serving.issuer}/account/password`);
    expect(taken.text).toContain("One more step");
  });

  it.runIf(isHere)("another password ends other sessions and tokens, and keeps this one", async () => {
    const ann = await Holder.withAccount(servers.serving, "password@example.com");
    const elsewhere = new Holder(servers.serving, ann.email);
    await elsewhere.openAccount();
    const page = await ann.openAccount("/password");
    const password = "another long sentence";
    expect((await ann.person.submit(page, { old: "not the old one", password })).text).toContain("is not right");
    expect((await ann.person.submit(page, { old: PASSWORD, password: "short" })).text).toContain("at least 12");
    const done = await ann.person.submit(page, { old: PASSWORD, password });
    expect(done.text).toContain("Your password is changed");
    expect((await elsewhere.person.open(`${servers.serving.issuer}/account`)).text).toContain("Sign in to");
    expect((await elsewhere.typePassword((await elsewhere.ask()).page)).status).toBe(401);
    const feed = await servers.serving.identity.revocations.since(0);
    expect(feed).toContainEqual(expect.objectContaining({ kind: "subject", value: await ann.accountId() }));
  });

  it.runIf(isHere)("signing out everywhere does", async () => {
    const ann = await Holder.withAccount(servers.serving, "everywhere@example.com");
    const elsewhere = new Holder(servers.serving, ann.email);
    await elsewhere.openAccount();
    const done = await ann.person.submit(await ann.openAccount(), {}, {}, "/sign-out");
    expect(done.text).toContain("You are signed out everywhere");
    for (const { person } of [ann, elsewhere]) {
      expect((await person.open(`${servers.serving.issuer}/account`)).text).toContain("Sign in to");
    }
  });

  it.runIf(isHere)("P18 the account page takes no form from elsewhere", async () => {
    const ann = await Holder.withAccount(servers.serving, "csrf@example.com");
    await ann.addApp();
    const page = await ann.openAccount();
    const crossSite = { origin: "https://evil.example", "sec-fetch-site": "cross-site" };
    for (const to of ["/remove", "/recovery-codes", "/sign-out"]) {
      expect(await naive().takesFromElsewhere(`/account${to}`)).toBe(true);
      expect((await ann.person.submit(page, {}, crossSite, to)).status).toBe(403);
      expect((await ann.person.submit(page, { token: "x" }, {}, to)).status).toBe(403);
    }
    const eve = await Holder.withAccount(servers.serving, "eve@example.com");
    const token = /name="token" value="([^"]+)"/.exec((await eve.openAccount()).text)?.[1] as string;
    expect((await ann.person.submit(page, { token }, {}, "/remove")).status).toBe(403);
    expect(await servers.serving.identity.factors.has(await ann.accountId())).toBe(true);
  });

  it.runIf(isHere)("nothing of this was a fault of the server", () => expect(servers.serving.failures).toEqual([]));
});
